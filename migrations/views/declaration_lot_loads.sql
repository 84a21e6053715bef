-- owner: declaration
-- readers: window
-- Of which trucks' loads each lot is a part, side by side, the entries as their digest has them, and
-- how much it weighs of them; for whoever compares them with the log, and the loads with the lots.
-- One that a version before took is of no load: null. "loaded_named": in which of them it is declared
-- under the manifest of the truck's carrier; null of all, where a version before took it.
CREATE OR REPLACE VIEW v_lot_loads AS
SELECT
    l.lot_id,
    l.port,
    l.business_on,
    l.loaded_plates,
    CASE
        WHEN l.loaded_entries IS NOT NULL THEN ARRAY(
            SELECT to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            FROM UNNEST(l.loaded_entries) WITH ORDINALITY AS e (at, place)
            ORDER BY e.place
        )
    END AS loaded_entries,
    CASE
        WHEN l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED') THEN l.gross_kg ELSE 0
    END AS weighs_kg,
    l.loaded_named
FROM lots AS l;
