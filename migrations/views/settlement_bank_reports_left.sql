-- owner: settlement
-- readers: relay
-- Every bank's report that is kept and has not been carried out: since when.
CREATE OR REPLACE VIEW v_bank_reports_left AS
SELECT
    report_id,
    received_at
FROM bank_reports
WHERE carried_out_at IS NULL;
