-- owner: gate
-- readers: declaration, window
-- What the gate saw come in: a truck by its plate, or a resident on foot.
CREATE OR REPLACE VIEW v_gate_entries AS
SELECT entry_id, port, plate_key, resident_id, entered_at, vehicle_plate
FROM gate_entries;
