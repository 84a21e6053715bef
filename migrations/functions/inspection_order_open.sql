-- owner: inspection
-- callers: risk
-- The order that a screening or an officer who calls a lot in asks for, in that transaction: its row, its case as
-- inspection opens one (`ORDER` in services/inspection/domain/states.py), and the tell by which its
-- case begins and draws its officers. What justifies it is the record of it, whose lane it takes; of the lot it takes the lot's own word, of the caller the method alone.
CREATE FUNCTION inspection_order_open(
    p_order uuid, p_lot uuid, p_method text, p_actor text, p_at timestamptz
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_owner name := (SELECT role FROM case_kinds WHERE kind = 'ins');
    v_case text := 'ins_' || replace(p_order::text, '-', '');
    v_lot_case text := 'lot_' || replace(p_lot::text, '-', '');
    v_lane text;
    v_lot record;
BEGIN
    SELECT lane INTO STRICT v_lane FROM (
        SELECT lane FROM v_screenings WHERE lot_id = p_lot AND order_id = p_order
        UNION ALL
        SELECT lane FROM v_call_ins WHERE lot_id = p_lot AND order_id = p_order
    ) AS asked;
    SELECT port, perishable, business_on, submitted_by, group_code, release_due_at,
        coalesce(release_due_at, 'infinity') AS due_at
    INTO STRICT v_lot FROM v_lots WHERE lot_id = p_lot;
    INSERT INTO inspection_orders (
        order_id, lot_id, port, lane, method_ordered, perishable, business_on, state, round,
        draw_no, officers, opened_at, due_at
    ) VALUES (
        p_order, p_lot, v_lot.port, v_lane, p_method, v_lot.perishable, v_lot.business_on,
        'UNSTAFFED', 0, 0, '{}', p_at, v_lot.release_due_at
    );
    PERFORM append_event(
        p_order, 'ins', 'InspectionOrdered', 'open', p_actor,
        format(
            '{"lane":%s,"lot_id":%s,"method":%s,"perishable":%s,"port":%s}',
            to_json(v_lane), to_json(v_lot_case), to_json(p_method),
            to_json(v_lot.perishable), to_json(v_lot.port)
        ),
        p_at,
        jsonb_build_object(
            'state', 'UNSTAFFED', 'holder', 'customs', 'port', v_lot.port, 'lot', p_lot,
            'readers', to_jsonb(ARRAY(
                SELECT DISTINCT p
                FROM unnest(ARRAY[v_lot.submitted_by, 'group:' || v_lot.group_code]) AS p
                WHERE p IS NOT NULL ORDER BY p
            ) || ('officers:' || v_lot.port))
        ),
        v_owner
    );
    PERFORM mark_cases(
        jsonb_build_array(jsonb_build_object(
            'case', p_order,
            'waits', jsonb_build_array(
                jsonb_build_array('OFFICERS', 'officers:' || v_lot.port, v_lot.due_at)
            ),
            'links', jsonb_build_array(p_lot)
        )),
        p_at, v_owner
    );
    INSERT INTO outbox (told, opens, source, place, attributes)
    VALUES (
        v_case, true, v_case, 1,
        jsonb_build_object(
            'CaseType', 'inspection', 'Port', v_lot.port, 'Lane', v_lane, 'CaseState', 'UNSTAFFED'
        )::text
    );
    RETURN p_order;
END
$$
