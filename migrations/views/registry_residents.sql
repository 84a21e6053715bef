-- owner: registry
-- readers: declaration, inspection, settlement, processing, window
-- Filed border residents without personal data; looked up by the keyed hash.
CREATE OR REPLACE VIEW v_residents AS
SELECT resident_id, resident_no_hash, filing_no, filed_on, valid_until
FROM residents;
