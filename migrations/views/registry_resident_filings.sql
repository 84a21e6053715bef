-- owner: registry
-- readers: registry, declaration, gate, settlement, processing, window
-- Every filing of a resident (边民备案); on a day that one holds which began last.
CREATE OR REPLACE VIEW v_resident_filings AS
SELECT resident_id, filed_on, valid_until, filing_no, filing_key
FROM resident_filings;
