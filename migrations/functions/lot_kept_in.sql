-- owner: risk
-- callers: gate
-- Whether a released lot may not leave yet: a control reaches it as of now that no inspection has
-- answered. An inspection answers it that two officers ended with release after the control was
-- set, and that went at least as far as the control wants.
CREATE FUNCTION lot_kept_in(p_lot uuid, p_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM lot_reached(p_lot, ARRAY[p_day]) AS r
        WHERE r.control_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = p_lot AND o.lot_move = 'release' AND o.concluded_at > r.set_at
                AND (o.lane = 'RED' OR r.lane = 'YELLOW')
        )
    )
$$
