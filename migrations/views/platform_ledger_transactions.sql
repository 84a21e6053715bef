-- owner: platform
-- readers: window
-- Every transaction of the ledger; for whoever compares the ledger with the log.
CREATE OR REPLACE VIEW v_ledger_transactions AS
SELECT
    transaction_id,
    kind,
    case_id,
    resolves,
    booked_at
FROM ledger_transactions;
