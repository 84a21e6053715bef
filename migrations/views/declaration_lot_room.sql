-- owner: declaration
-- readers: gate
-- How much room there is for each lot on its truck, by the entry with the least: what those under
-- the manifest of the truck's carrier, and those that have left, leave of its rated load. Null of a
-- lot that is under it itself.
CREATE OR REPLACE VIEW v_lot_room AS
SELECT
    l.lot_id,
    (
        SELECT min(t.rated_kg - t.loaded_kg)
        FROM
            unnest(l.loaded_plates, l.loaded_entries, l.loaded_named)
                AS u (plate_key, entered_at, named)
        INNER JOIN truck_loads AS t
            ON u.plate_key = t.plate_key AND u.entered_at = t.entered_at AND l.port = t.port
        WHERE NOT u.named
    ) AS left_kg
FROM lots AS l;
