-- owner: risk
-- callers: inspection
-- What wants a lot inspected as of a day, and how closely at least: every control that reaches it, a
-- call-in, a dishonest level that somebody with a part in it was given since it was screened, and
-- under which its draw would have selected it, and a prohibition of its goods. "since": from when it
-- counts. "answered": whether two officers have ended with release what was found since then, and as
-- closely as it wants. Without a rate for the level on that day nobody knows, and it wants the goods.
CREATE FUNCTION lot_wanted(p_lot uuid, p_day date)
RETURNS TABLE (
    reason text, part text, party text, method text, since timestamptz, answered boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH reached AS MATERIALIZED (
        SELECT r.* FROM lot_reached(p_lot, ARRAY[p_day]) AS r
    ), levels AS (
        SELECT v.*, s.draw_value, (
            SELECT CAST(k.value #>> '{}' AS numeric) FROM v_policy_rows AS k
            WHERE k.key = rate_of.key AND k.scope = '' AND k.effective_from <= p_day
                AND (k.effective_to IS NULL OR p_day < k.effective_to)
        ) AS rate
        FROM reached AS v JOIN v_screenings AS s ON s.lot_id = p_lot
        CROSS JOIN unnest(CASE v.level
            WHEN 'SERIOUSLY_DISHONEST' THEN ARRAY['credit.rate_floor.seriously_dishonest']
            WHEN 'DISHONEST' THEN ARRAY['credit.rate.dishonest', 'credit.rate_floor.dishonest']
        END) AS rate_of (key)
        WHERE s.credit_level NOT IN (v.level, 'SERIOUSLY_DISHONEST')
    ), wanted AS (
        SELECT 'CONTROL_HIT:ctl_' || replace(CAST(c.control_id AS text), '-', '') AS reason,
            r.part, r.party, CASE c.lane WHEN 'YELLOW' THEN 'DOCUMENT' ELSE 'FULL' END AS method,
            greatest(
                c.set_at, CAST(c.effective_from AS timestamp) AT TIME ZONE 'Asia/Shanghai'
            ) AS since
        FROM reached AS r JOIN risk_controls AS c ON c.control_id = r.control_id
        UNION ALL
        SELECT 'CALLED_IN', NULL, NULL, CASE lane WHEN 'YELLOW' THEN 'DOCUMENT' ELSE 'FULL' END,
            called_at
        FROM v_call_ins WHERE lot_id = p_lot
        UNION ALL
        SELECT DISTINCT 'CREDIT_LEVEL:' || v.level, v.part, v.party, 'SAMPLE', v.set_at
        FROM levels AS v WHERE v.rate IS NULL OR v.draw_value < v.rate
        UNION ALL
        -- What is played again is judged by its own day, on which it was accepted.
        SELECT 'PROHIBITED:' || g.hs_prefix, 'goods', NULL, 'FULL', greatest(
            g.filed_at, CAST(g.effective_from AS timestamp) AT TIME ZONE 'Asia/Shanghai'
        )
        FROM v_lots AS l JOIN v_goods_restrictions AS g
            ON g.kind = 'PROHIBITED' AND (
                starts_with(l.hs_code, g.hs_prefix)
                OR length(l.hs_code) >= 8 AND starts_with(g.hs_prefix, l.hs_code)
            )
        WHERE l.lot_id = p_lot AND NOT l.replay AND g.effective_from <= p_day
            AND (g.effective_to IS NULL OR p_day < g.effective_to)
    )
    SELECT w.reason, w.part, w.party, w.method, w.since, EXISTS (
        SELECT FROM v_inspection_orders AS o
        WHERE o.lot_id = p_lot AND o.lot_move = 'release' AND o.found_at > w.since
            AND array_position(closely, o.method) >= array_position(closely, w.method)
    )
    FROM wanted AS w
    CROSS JOIN (SELECT ARRAY['DOCUMENT', 'MACHINE', 'OUTER', 'SAMPLE', 'FULL']) AS m (closely);
END
$$
