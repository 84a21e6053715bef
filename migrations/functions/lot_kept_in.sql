-- owner: risk
-- callers: gate, secondmarket
-- Whether a released lot may not leave yet: a control reaches it as of now, or an officer has called
-- it in, and no inspection has answered that. What was found answers it that two officers ended with
-- release, that was found since it is in force, and, where it wants the goods, that opened them all.
CREATE FUNCTION lot_kept_in(p_lot uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM (
            SELECT r.lane, greatest(
                r.set_at, CAST(c.effective_from AS timestamp) AT TIME ZONE 'Asia/Shanghai'
            ) AS since
            FROM lot_reached(p_lot, ARRAY[p_day]) AS r
            JOIN risk_controls AS c ON c.control_id = r.control_id
            UNION ALL
            SELECT lane, called_at FROM v_call_ins WHERE lot_id = p_lot
        ) AS wanted
        WHERE NOT EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = p_lot AND o.lot_move = 'release' AND o.found_at > wanted.since
                AND (o.method = 'FULL' OR wanted.lane = 'YELLOW')
        )
    );
END
$$
