-- owner: declaration
-- readers: risk, notices, window
-- Manifests: what truck carries how much, whose it is and who lodged it.
CREATE OR REPLACE VIEW v_manifests AS
SELECT
    manifest_id,
    manifest_key,
    manifest_no,
    lodged_by,
    carrier,
    port,
    vehicle_plate,
    plate_key,
    total_kg,
    lodged_at
FROM manifests;
