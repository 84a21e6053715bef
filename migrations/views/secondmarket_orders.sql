-- owner: secondmarket
-- readers: registry, window
-- Factory orders and whether they are filled, or taken back.
CREATE OR REPLACE VIEW v_factory_orders AS
SELECT
    order_id,
    enterprise_code,
    reference,
    hs_code,
    wanted_kg,
    bought_kg,
    CASE
        WHEN cancelled_at IS NOT NULL THEN 'CANCELLED'
        WHEN bought_kg < wanted_kg THEN 'OPEN'
        ELSE 'FILLED'
    END AS state,
    created_at,
    unit_price,
    COALESCE((
        SELECT SUM(p.net_kg) FROM purchases AS p
        WHERE p.order_id = factory_orders.order_id AND p.voided_at IS NULL
    ), 0) AS purchased_kg
FROM factory_orders;
