-- owner: declaration
-- readers: window
-- What of each manifest is reserved and written off, and how much its lots hold and have used of it;
-- for whoever compares them. A lot holds until it is released or ends, and has used what was released
-- and not given back, or was seized.
CREATE OR REPLACE VIEW v_manifest_weights AS
SELECT
    m.manifest_id,
    m.reserved_kg,
    m.written_off_kg,
    COALESCE(w.held_kg, 0) AS held_kg,
    COALESCE(w.used_kg, 0) AS used_kg
FROM manifests AS m
CROSS JOIN LATERAL (
    SELECT
        SUM(l.gross_kg) FILTER (WHERE l.ended_at IS NULL AND l.released_at IS NULL) AS held_kg,
        SUM(l.gross_kg) FILTER (
            WHERE (
                l.released_at IS NOT NULL AND l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')
            ) OR EXISTS (
                SELECT FROM events AS e
                WHERE e.case_id = l.lot_id AND e.type = 'LotNotReleased'
                    AND CAST(CAST(e.body AS jsonb) ->> 'uses_up' AS boolean)
            )
        ) AS used_kg
    FROM lots AS l
    WHERE l.manifest_key = m.manifest_key AND l.plate_key = m.plate_key
) AS w;
