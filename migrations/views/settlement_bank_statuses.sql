-- owner: settlement
-- readers: window
-- What a bank said, line by line, in which report as it is kept, and what became of it.
CREATE OR REPLACE VIEW v_bank_statuses AS
SELECT
    s.report_id,
    s.line_no,
    s.instruction_id,
    s.message_id,
    s.original_message,
    s.code,
    s.amount_minor,
    decimal_amount(s.amount_minor, s.currency) AS amount,
    s.currency,
    s.reason,
    s.bank_reference,
    s.value_on,
    s.said,
    s.disposition,
    r.bank_bic,
    r.carried_out_at,
    CASE WHEN SHA256(r.body) = r.digest THEN ENCODE(r.digest, 'hex') END AS digest
FROM bank_statuses AS s
INNER JOIN bank_reports AS r ON s.report_id = r.report_id;
