-- owner: registry
-- readers: settlement
-- At which bank a payer is debited; what account that is and whose stays sealed.
CREATE OR REPLACE VIEW v_payer_accounts AS
SELECT party, bank_bic, sealed
FROM payer_accounts;
