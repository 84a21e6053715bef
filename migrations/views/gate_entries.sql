-- owner: gate
-- readers: declaration
-- What the gate saw come in: a truck by its plate, or a resident on foot.
CREATE OR REPLACE VIEW v_gate_entries AS
SELECT entry_id, port, plate_key, resident_id, entered_at
FROM gate_entries;
