-- owner: registry
-- readers: settlement
-- At which bank a payer is debited; what account that is and whose stays sealed, and so do the
-- accounts and holders of before. By its hash a number is known again.
CREATE OR REPLACE VIEW v_payer_accounts AS
SELECT party, bank_bic, sealed, account_hash, held_before
FROM payer_accounts;
