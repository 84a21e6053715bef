-- owner: registry
-- readers: declaration, inspection, settlement, processing, window
-- Sellers across the border and where they are paid.
CREATE OR REPLACE VIEW v_sellers AS
SELECT seller_code, name, bank_bic, account, country
FROM sellers;
