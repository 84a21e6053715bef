-- owner: registry
-- readers: registry, declaration, inspection, accreditation, settlement, processing, window
-- Conflicts of interest in force today.
CREATE OR REPLACE VIEW v_conflicts AS
SELECT officer_id, party
FROM conflicts
WHERE ended_on IS NULL OR ended_on > (now() AT TIME ZONE 'Asia/Shanghai')::date;
