-- owner: risk
-- callers: declaration
-- A lot in which a name was used without its bearer goes to customs, as one that an officer calls
-- in by hand: selected, and inspected by its papers, unless an order is open that sees it anyway.
-- What justifies it is the record of the report that was upheld. Whether the lot is still inside;
-- if not, nothing is done.
CREATE FUNCTION lot_call_in_for_name(
    p_call_in uuid, p_order uuid, p_report uuid, p_grounds text, p_called_by text, p_actor text,
    p_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_lot uuid;
    v_state text;
    v_order uuid;
BEGIN
    SELECT lot_id INTO STRICT v_lot FROM v_name_reports
    WHERE report_id = p_report AND state = 'UPHELD';
    SELECT state INTO STRICT v_state FROM v_lots WHERE lot_id = v_lot;
    IF v_state NOT IN ('IDENTITY_OK', 'IN_INSPECTION', 'RELEASED') THEN
        RETURN false;
    END IF;
    -- What is still to be screened is screened with this.
    IF EXISTS (SELECT FROM screenings WHERE lot_id = v_lot) AND NOT EXISTS (
        SELECT FROM v_inspection_orders WHERE lot_id = v_lot AND lot_move IS NULL
    ) THEN
        v_order := p_order;
    END IF;
    INSERT INTO call_ins (call_in_id, lot_id, lane, grounds, called_by, called_at, order_id)
    VALUES (p_call_in, v_lot, 'YELLOW', p_grounds, p_called_by, p_at, v_order);
    -- By what screening knows the goods again (SAME_GOODS in services/risk/queries/screening.py).
    INSERT INTO selections (key, lot_id, lane)
    SELECT DISTINCT k.key, v_lot, 'YELLOW'
    FROM v_lots_as_declared AS d CROSS JOIN LATERAL (
        SELECT unnest(ARRAY[
            'truck:' || d.plate_key, 'truck:' || d.foreign_plate_key,
            'manifest:' || d.manifest_key,
            'seller:' || left(d.hs_code, 4) || ':' || d.seller_key,
            'seller-code:' || left(d.hs_code, 4) || ':' || d.seller_code,
            'declarant:' || left(d.hs_code, 4) || ':' || d.submitted_by,
            'declarant:' || left(d.hs_code, 4) || ':group:' || d.group_code
        ])
        UNION SELECT 'truck:' || t.plate
        FROM unnest(ARRAY[d.plate_key, d.foreign_plate_key]) AS said (plate),
            truck_known_as(said.plate) AS t
        WHERE t.part = 'plate'
    ) AS k (key)
    WHERE d.lot_id = v_lot AND k.key IS NOT NULL
    ON CONFLICT (key, lot_id) DO UPDATE SET lane = 'RED'
        WHERE selections.lane <> excluded.lane;
    PERFORM append_event(
        v_lot, 'lot', 'LotCalledIn', 'call_in:' || replace(p_call_in::text, '-', ''), p_actor,
        format(
            '{"call_in_id":%s,"lane":"YELLOW","order_id":%s,"rules":["HUSHI-NOT-ME"]}',
            to_json('cal_' || replace(p_call_in::text, '-', '')),
            coalesce(to_json('ins_' || replace(v_order::text, '-', ''))::text, 'null')
        ),
        p_at, NULL, (SELECT role FROM event_types WHERE type = 'LotCalledIn')
    );
    IF v_order IS NOT NULL THEN
        PERFORM inspection_order_open(v_order, v_lot, 'DOCUMENT', p_actor, p_at);
    END IF;
    RETURN true;
END
$$
