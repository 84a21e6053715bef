-- owner: gate
-- callers: window
-- Whether a port's gate saw a truck come in on the Beijing day that begins at a moment, up to another
-- moment: by its own plate, or by the foreign one that it had on file then.
CREATE FUNCTION truck_came_in(
    p_plate text, p_port text, p_day_begins timestamptz, p_until timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ends timestamptz := p_day_begins + interval '1 day';
BEGIN
    RETURN EXISTS (
        SELECT FROM gate_entries AS e
        WHERE e.plate_key = p_plate AND e.port = p_port
            AND e.entered_at >= p_day_begins AND e.entered_at < v_ends AND e.entered_at <= p_until
    ) OR EXISTS (
        SELECT FROM vehicles AS v
        JOIN gate_entries AS e ON e.plate_key = v.foreign_plate_folded AND e.port = v.port
            AND e.entered_at >= v.declared_at AND e.entered_at < v.valid_until
        WHERE v.plate_key = p_plate AND v.port = p_port
            AND v.declared_at < v_ends AND v.valid_until > p_day_begins
            AND e.entered_at >= p_day_begins AND e.entered_at < v_ends AND e.entered_at <= p_until
    );
END
$$
