-- owner: registry
-- readers: secondmarket, processing, window
-- What each enterprise is filed to process, by HS prefix, with its yearly capacity.
CREATE OR REPLACE VIEW v_processing_filings AS
SELECT enterprise_code, hs_prefix, filed_from, filed_to, yearly_capacity_kg, filing_no
FROM processing_filings;
