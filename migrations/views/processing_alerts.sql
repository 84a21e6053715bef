-- owner: processing
-- readers: window
-- Mass-balance alerts without the officer's words.
CREATE OR REPLACE VIEW v_alerts AS
SELECT alert_id, book_id, kind, hs_code, deviation, tolerance, state, raised_at, closed_at, receipt_id
FROM alerts;
