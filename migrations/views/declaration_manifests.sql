-- owner: declaration
-- readers: risk, window
-- Manifests: what truck carries how much, and who lodged it.
CREATE OR REPLACE VIEW v_manifests AS
SELECT manifest_key, manifest_no, lodged_by, port, plate_key, total_kg, lodged_at
FROM manifests;
