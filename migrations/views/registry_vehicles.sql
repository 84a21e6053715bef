-- owner: registry
-- readers: declaration, settlement, processing, window
-- Vehicle entry declarations and how long each is valid.
CREATE OR REPLACE VIEW v_vehicles AS
SELECT plate_key, domestic_plate, foreign_plate, port, declared_at, valid_until, rated_load_kg, tare_kg
FROM vehicles;
