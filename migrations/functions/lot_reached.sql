-- owner: risk
-- callers: risk
-- Whom and what control reaches in a lot: every control in force on one of the days that concerns a
-- party, a plate, the goods or the origin, and the credit level of every party since it was decided,
-- each with the part that it was found by. Who has which part v_lot_parties says. Each fact of the
-- lot, as it stands and as it was before it was amended, is looked up by its key: the number of
-- controls is nothing to it. Of sellers, those count that are called as the lot says, and the one
-- that it is bound to. A truck is looked for under all the plates that it is on file with; of whoever
-- only has it on file, what is good does not count. A group is followed under another code: by its
-- leader, and by those who were its members, where they are half of those who declare or more; what
-- is good of it is not.
CREATE FUNCTION lot_reached(p_lot uuid, p_days date[])
RETURNS TABLE (
    control_id uuid, lane text, set_at timestamptz, level text, part text, party text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lot AS MATERIALIZED (
        SELECT group_code, plate_key, foreign_plate_key, seller_key, seller_code, hs_code, origin
        FROM v_lots_as_declared WHERE lot_id = p_lot
    ), sold_by AS MATERIALIZED (
        SELECT s.seller_code, s.name FROM lot AS l
        JOIN v_sellers AS s ON s.name_key = l.seller_key OR s.code_key = l.seller_key
            OR s.seller_code = l.seller_code
    ), named AS MATERIALIZED (
        SELECT part, party, on_file_only FROM v_lot_parties WHERE lot_id = p_lot
    ), parts (part, party) AS MATERIALIZED (
        SELECT DISTINCT part, party FROM named WHERE NOT on_file_only
    ), followed (party, gone_on) AS MATERIALIZED (
        SELECT 'group:' || o.group_code, CAST(NULL AS date) FROM lot AS l
            JOIN v_groups AS g USING (group_code)
            JOIN v_groups AS o ON o.leader_id = g.leader_id AND o.group_code <> g.group_code
        UNION ALL
        SELECT 'group:' || m.group_code, max(coalesce(m.left_on, 'infinity'))
            FROM v_tickets AS t JOIN v_group_members AS m USING (resident_id)
            WHERE t.lot_id = p_lot
                AND m.group_code IS DISTINCT FROM (SELECT group_code FROM lot LIMIT 1)
            GROUP BY m.group_code
            HAVING 2 * count(DISTINCT t.resident_id) >= (
                SELECT count(DISTINCT resident_id) FROM v_tickets WHERE lot_id = p_lot
            )
    ), said (plate, part) AS MATERIALIZED (
        SELECT DISTINCT p.plate, p.part FROM lot,
            unnest(ARRAY[plate_key, foreign_plate_key], ARRAY['plate', 'foreign_plate'])
                AS p (plate, part)
            WHERE p.plate IS NOT NULL
    ), plates (plate, part) AS (
        SELECT s.plate, s.part FROM said AS s
        UNION SELECT k.plate, k.part
            FROM said AS s CROSS JOIN LATERAL truck_known_as(s.plate) AS k
    ), hauled (party) AS MATERIALIZED (
        SELECT party FROM named WHERE on_file_only
        EXCEPT SELECT party FROM parts
    ), facts (kind, key, part, party, gone_on) AS (
        SELECT 'party', reach_key(party), part, party, CAST(NULL AS date) FROM parts
            WHERE party IS NOT NULL
        UNION ALL SELECT 'party', reach_key(party), 'group', party, gone_on FROM followed
        UNION ALL SELECT 'party', reach_key(party), 'carrier', party, NULL FROM hauled
        UNION ALL SELECT 'seller', reach_key(seller_key), 'seller', NULL, NULL FROM lot
        UNION ALL SELECT 'seller', reach_key(known), 'seller', 'seller:' || seller_code, NULL
            FROM sold_by, unnest(ARRAY[seller_code, name]) AS known
        UNION ALL SELECT 'vehicle_plate', reach_key(plate), part, NULL, NULL FROM plates
        UNION ALL SELECT 'origin', reach_key(origin), 'origin', NULL, NULL FROM lot
        UNION ALL SELECT 'goods', left(hs_code, digits), 'goods', NULL, NULL
            FROM lot, generate_series(2, length(hs_code)) AS digits
    ), hits AS (
        SELECT DISTINCT ON (r.control_id) r.control_id, f.part, f.party, f.gone_on
        FROM facts AS f CROSS JOIN LATERAL (
            SELECT c.control_id FROM control_reach AS c
            WHERE c.kind = f.kind AND c.key = f.key OFFSET 0
        ) AS r
        ORDER BY r.control_id, f.part, f.gone_on DESC NULLS FIRST
    ), finer AS (
        -- Goods listed more finely than they were declared may be meant.
        SELECT DISTINCT c.control_id, 'goods' AS part, NULL AS party, CAST(NULL AS date) AS gone_on
        FROM lot AS l
        JOIN control_reach AS c
            ON c.kind = 'goods' AND c.key > l.hs_code AND c.key < l.hs_code || ':'
    )
    SELECT c.control_id, c.lane, c.set_at, NULL, h.part, h.party
    FROM (SELECT * FROM hits UNION ALL SELECT * FROM finer) AS h CROSS JOIN LATERAL (
        SELECT k.control_id, k.lane, k.set_at FROM risk_controls AS k
        WHERE k.control_id = h.control_id AND k.lifted_at IS NULL AND EXISTS (
            SELECT FROM unnest(p_days) AS day
            WHERE k.effective_from <= day AND (k.effective_to IS NULL OR day < k.effective_to)
        ) AND (h.gone_on IS NULL OR h.gone_on > k.effective_from)
        OFFSET 0
    ) AS c
    UNION ALL
    SELECT NULL, NULL, v.decided_at, v.level, p.part, p.party
    FROM parts AS p CROSS JOIN LATERAL (
        SELECT k.level, k.decided_at FROM v_credit_levels AS k
        WHERE k.party = p.party AND k.state = 'IN_FORCE' OFFSET 0
    ) AS v
    UNION ALL
    SELECT NULL, NULL, v.decided_at, v.level, 'group', f.party
    FROM followed AS f CROSS JOIN LATERAL (
        SELECT k.level, k.decided_at FROM v_credit_levels AS k
        WHERE k.party = f.party AND k.state = 'IN_FORCE'
            AND k.level IN ('DISHONEST', 'SERIOUSLY_DISHONEST')
            AND (f.gone_on IS NULL OR f.gone_on > k.effective_from) OFFSET 0
    ) AS v
    UNION ALL
    SELECT NULL, NULL, v.decided_at, v.level, 'carrier', h.party
    FROM hauled AS h CROSS JOIN LATERAL (
        SELECT k.level, k.decided_at FROM v_credit_levels AS k
        WHERE k.party = h.party AND k.state = 'IN_FORCE'
            AND k.level IN ('DISHONEST', 'SERIOUSLY_DISHONEST') OFFSET 0
    ) AS v;
END
$$
