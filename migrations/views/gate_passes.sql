-- owner: gate
-- readers: declaration, window
-- The exit of each lot that has left the supervised place.
CREATE OR REPLACE VIEW v_gate_passes AS
SELECT lot_id, vehicle_plate, gross_kg, passed_at
FROM gate_passes;
