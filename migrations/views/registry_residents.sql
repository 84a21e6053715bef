-- owner: registry
-- readers: declaration, accreditation, settlement, processing, window
-- Border residents on file without personal data; looked up by the keyed hash.
CREATE OR REPLACE VIEW v_residents AS
SELECT resident_id, resident_no_hash
FROM residents;
