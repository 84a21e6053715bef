-- owner: declaration
-- readers: window
-- What is kept of each truck's load, for whoever compares it with the lots that are a part of it.
CREATE OR REPLACE VIEW v_truck_loads AS
SELECT
    plate_key,
    port,
    entered_at,
    loaded_kg,
    unnamed_kg
FROM truck_loads;
