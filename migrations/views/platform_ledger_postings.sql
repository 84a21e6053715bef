-- owner: platform
-- readers: window
-- Every leg that was booked, by its account's own code and currency, nothing where it has no account;
-- for whoever compares the ledger with the log.
CREATE OR REPLACE VIEW v_ledger_postings AS
SELECT
    p.transaction_id,
    p.line_no,
    a.code AS account,
    a.currency AS account_currency,
    p.layer,
    p.amount_minor,
    decimal_amount(p.amount_minor, p.currency) AS amount,
    p.currency,
    p.purpose
FROM ledger_postings AS p
LEFT JOIN ledger_accounts AS a ON p.account_id = a.account_id;
