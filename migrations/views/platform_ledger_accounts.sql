-- owner: platform
-- readers: window
-- Every account of the ledger; for whoever compares the ledger with the log.
CREATE OR REPLACE VIEW v_ledger_accounts AS
SELECT
    account_id,
    code,
    currency
FROM ledger_accounts;
