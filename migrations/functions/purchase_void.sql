-- owner: secondmarket
-- callers: declaration
-- A bought lot ended inside: its goods never come. Declaration calls it in the transaction that ends
-- the lot and in the lot's turn; what justifies it is the record of that end. What the purchase took
-- of its factory's year and of its order is given back, in the order in which a purchase takes both,
-- and an order that was filled buys again (`FACTORY_ORDER` in services/secondmarket/domain/states.py).
-- Whether there was a purchase to give back; run again, there is none.
CREATE FUNCTION purchase_void(p_lot uuid, p_actor text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_owner name := (SELECT role FROM case_kinds WHERE kind = 'ord');
    v_bought purchases;
    v_order factory_orders;
    v_buys_again boolean;
    v_body text;
BEGIN
    UPDATE purchases SET voided_at = p_at
    WHERE lot_id = p_lot AND voided_at IS NULL AND EXISTS (
        SELECT FROM v_lots AS l
        WHERE l.lot_id = p_lot AND l.ended_at IS NOT NULL AND l.gate_out_at IS NULL
    )
    RETURNING * INTO v_bought;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- A purchase of before the column says under which code it was filed by what it fits.
    UPDATE capacity_years AS c SET bought_kg = c.bought_kg - v_bought.net_kg
    WHERE c.enterprise_code = v_bought.enterprise_code
        AND c.year = extract(year FROM v_bought.bought_at AT TIME ZONE 'Asia/Shanghai')
        AND c.hs_prefix = coalesce(v_bought.hs_prefix, (
            SELECT k.hs_prefix FROM capacity_years AS k
            WHERE k.enterprise_code = c.enterprise_code AND k.year = c.year
                AND starts_with(v_bought.hs_code, k.hs_prefix)
                AND k.bought_kg >= v_bought.net_kg
            ORDER BY length(k.hs_prefix) DESC LIMIT 1
        ));
    UPDATE factory_orders SET bought_kg = bought_kg - v_bought.net_kg
    WHERE order_id = v_bought.order_id
    RETURNING * INTO v_order;
    v_buys_again := v_order.cancelled_at IS NULL AND v_order.bought_kg < v_order.wanted_kg
        AND v_order.bought_kg + v_bought.net_kg >= v_order.wanted_kg;
    v_body := format(
        '{"enterprise_code":%s,"lot_id":%s,"net_kg":%s,"order_id":%s,"purchase_id":%s}',
        to_json(v_bought.enterprise_code), to_json('lot_' || replace(p_lot::text, '-', '')),
        to_json(v_bought.net_kg::text),
        to_json('ord_' || replace(v_bought.order_id::text, '-', '')),
        to_json('pur_' || replace(v_bought.purchase_id::text, '-', ''))
    );
    PERFORM append_event(p_lot, 'lot', 'PurchaseVoided', 'void', p_actor, v_body, p_at, NULL, v_owner);
    -- What is on record of no order stops no database from being brought to a version.
    IF v_order.order_id IS NULL THEN
        RETURN true;
    END IF;
    PERFORM append_event(
        v_bought.order_id, 'ord', 'PurchaseVoided',
        'void:pur_' || replace(v_bought.purchase_id::text, '-', ''), p_actor, v_body, p_at,
        CASE WHEN v_buys_again THEN jsonb_build_object('state', 'OPEN', 'holder', 'enterprise') END,
        v_owner
    );
    IF v_buys_again THEN
        PERFORM mark_cases(
            jsonb_build_array(jsonb_build_object(
                'case', v_bought.order_id,
                'waits', jsonb_build_array(
                    jsonb_build_array('LOTS', 'enterprise:' || v_bought.enterprise_code, 'infinity')
                )
            )),
            p_at, v_owner
        );
    END IF;
    RETURN true;
END
$$
