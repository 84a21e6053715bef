-- owner: law
-- readers: window
-- Filings of the law's lists, as the log says them; what they say, by its digest.
CREATE OR REPLACE VIEW v_law_filings AS
SELECT
    filing_id,
    kind,
    count,
    encode(sha256(convert_to(rows, 'UTF8')), 'hex') AS content,
    state,
    decided_at
FROM law_filings;
