-- owner: gate
-- readers: gate, window
-- As v_filed_records: of each vehicle's declaration the digest by which the log vouches for it.
CREATE OR REPLACE VIEW v_filed_vehicles AS
SELECT
    'vehicles' AS register,
    plate_key AS code,
    NULL::uuid AS id,
    plate_key || ' '
    || to_char(declared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS name,
    sha256(convert_to(jsonb_strip_nulls(jsonb_build_object(
        'carrier', carrier, 'plate', domestic_plate, 'foreign', foreign_plate, 'port', port,
        'until', extract(EPOCH FROM valid_until), 'load', rated_load_kg, 'tare', tare_kg
    ))::text, 'UTF8')) AS digest
FROM vehicles;
