-- owner: declaration
-- callers: gate
-- A lot has left the supervised place. The gate calls it in the transaction of the pass and in the
-- lot's turn; what justifies it is the record of the pass. The lot's state is its owner's, so is its
-- header, whose version this raises. "carrying_out": what its case has to do now, because a factory
-- bought the lot, or a bank paid for goods for own use, before it was out; else null.
CREATE FUNCTION lot_leave(p_lot uuid)
RETURNS TABLE (state text, version integer, carrying_out text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_lot lots;
    v_passed_at timestamptz := (
        SELECT g.passed_at FROM v_gate_passes AS g WHERE g.lot_id = p_lot
    );
BEGIN
    UPDATE lots SET state = 'GATE_OUT'
    WHERE lot_id = p_lot AND state = 'RELEASED'
        AND EXISTS (SELECT FROM v_gate_passes AS g WHERE g.lot_id = p_lot)
    RETURNING * INTO v_lot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lot % is not released, or has passed no gate', p_lot
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- What no gate saw come in is of its day's load until it has left, and of the days' it met.
    -- Once the gate has recorded the truck's entry on that day, it is what that entry brought.
    -- What was declared without the manifest of the truck's carrier is of what it brought, now.
    UPDATE truck_loads AS t SET
        loaded_kg = t.loaded_kg + v_lot.gross_kg
            * CASE WHEN held.named THEN -1 WHEN held.unseen THEN 0 ELSE 1 END,
        unnamed_kg = t.unnamed_kg - v_lot.gross_kg * CASE WHEN held.named THEN 0 ELSE 1 END
    FROM (
        SELECT k.plate_key, k.port, k.entered_at, l.named, l.unseen
        FROM truck_loads AS k
        JOIN (
            SELECT u.plate_key, u.entered_at, coalesce(u.named, true) AS named,
                (u.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00'
                    AND NOT truck_came_in(u.plate_key, v_lot.port, u.entered_at, v_passed_at)
                    AS unseen
            FROM unnest(v_lot.loaded_plates, v_lot.loaded_entries, v_lot.loaded_named)
                AS u (plate_key, entered_at, named)
        ) AS l USING (plate_key, entered_at)
        WHERE k.port = v_lot.port AND (l.unseen OR NOT l.named)
        ORDER BY k.plate_key, k.port, k.entered_at FOR UPDATE OF k
    ) AS held
    WHERE (t.plate_key, t.port, t.entered_at) = (held.plate_key, held.port, held.entered_at);
    DELETE FROM case_waits WHERE case_id = p_lot AND code = 'GATE_PASS';
    RETURN QUERY
        UPDATE cases SET state = v_lot.state, holder = 'seller', version = version + 1
        WHERE case_id = p_lot
        RETURNING state, version,
            CASE
                WHEN EXISTS (SELECT FROM v_purchases AS p WHERE p.lot_id = p_lot) THEN 'SALE'
                WHEN v_lot.purpose = 'OWN_USE' AND v_lot.value_minor <= (
                    SELECT coalesce(sum(s.settled_minor), 0) FROM v_settlements AS s
                    WHERE s.lot_id = p_lot
                ) THEN 'PAYMENT'
            END;
END
$$
