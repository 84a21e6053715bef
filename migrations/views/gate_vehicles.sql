-- owner: gate
-- readers: declaration
-- Entry declarations of trucks: whose each is, by what plates, its rated load, from when until when.
CREATE OR REPLACE VIEW v_vehicles AS
SELECT plate_key, carrier, port, declared_at, valid_until, rated_load_kg, foreign_plate, foreign_plate_folded
FROM vehicles;
