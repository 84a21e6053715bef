-- owner: gate
-- readers: declaration
-- Entry declarations of trucks: whose each is, what it is rated for, from when until when.
CREATE OR REPLACE VIEW v_vehicles AS
SELECT plate_key, carrier, port, declared_at, valid_until, rated_load_kg
FROM vehicles;
