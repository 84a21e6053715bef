-- owner: registry
-- readers: declaration, risk, settlement, processing, documents, window
-- Sellers across the border and where they are paid.
CREATE OR REPLACE VIEW v_sellers AS
SELECT seller_code, code_key, name, name_key, bank_bic, account, country, names_before
FROM sellers;
