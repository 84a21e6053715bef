-- owner: registry
-- readers: settlement
-- Whose an account across the border is, and was: by its bank, whichever office, and by its number,
-- however that is written (``columns.account_key_of``).
CREATE OR REPLACE VIEW v_seller_accounts AS
SELECT
    seller_code,
    name,
    names_before,
    held_before,
    left(bank_bic, 8) AS bank,
    regexp_replace(lower(normalize(account, NFKC)), '[^a-z0-9]+', '', 'g') AS account_key
FROM sellers;
