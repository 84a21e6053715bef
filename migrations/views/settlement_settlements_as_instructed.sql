-- owner: settlement
-- readers: window
-- Of every settlement instruction whom it pays and debits, to be compared with the log; the account
-- that is debited by the digest of what is sealed alone; and whether, held and kept back, it counts to
-- its payer as taken, and from when its payer is told of the hold.
CREATE OR REPLACE VIEW v_settlements_as_instructed AS
SELECT
    instruction_id,
    lot_id,
    buyer,
    seller_code,
    seller_bank_bic,
    seller_account,
    seller_country,
    sha256(payer_account) AS payer_account_digest,
    as_taken_at,
    purpose_code,
    firm_quote_id,
    held_for,
    bank_status,
    hold_told_at,
    first_offered_at
FROM settlement_instructions;
