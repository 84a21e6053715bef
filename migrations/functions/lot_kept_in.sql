-- owner: risk
-- callers: gate
-- Whether a released lot may not leave yet: a control reaches it as of now, or an officer has called
-- it in, and no inspection has answered that. One answers it that two officers ended with release
-- afterwards, and that went at least as far.
CREATE FUNCTION lot_kept_in(p_lot uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM (
            SELECT lane, set_at AS since FROM lot_reached(p_lot, ARRAY[p_day])
            WHERE control_id IS NOT NULL
            UNION ALL
            SELECT lane, called_at FROM v_call_ins WHERE lot_id = p_lot
        ) AS wanted
        WHERE NOT EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = p_lot AND o.lot_move = 'release' AND o.concluded_at > wanted.since
                AND (o.lane = 'RED' OR wanted.lane = 'YELLOW')
        )
    );
END
$$
