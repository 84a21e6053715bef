-- owner: settlement
-- readers: window
-- Of every settlement instruction whom it pays and debits, to be compared with the log; the account
-- that is debited by the digest of what is sealed alone.
CREATE OR REPLACE VIEW v_settlements_as_instructed AS
SELECT
    instruction_id,
    lot_id,
    buyer,
    seller_code,
    seller_bank_bic,
    seller_account,
    seller_country,
    sha256(payer_account) AS payer_account_digest
FROM settlement_instructions;
