-- owner: declaration
-- readers: risk, inspection
-- Whoever has a part in a lot, and which, as it stands and as it was before it was amended: declarant,
-- group, every ticket's resident, filed sellers by their codes, the seller's bank, carrier and buyer.
-- There is no other definition: control reaches whom this names (lot_reached), and whoever has an
-- interest in one of them decides nothing on the lot. A firm is known by its code, whether it is filed
-- as seller, carrier or enterprise. An officer who lodged a manifest has no part in it. A buyer is also
-- to whose open order the lot is offered. "on_file_only": a carrier that nothing names but the file of
-- trucks, by the last that was declared by the end of the lot's day, and by what held then.
CREATE OR REPLACE VIEW v_lot_parties AS
SELECT
    lot_id,
    submitted_by AS party,
    'declarant' AS part,
    false AS on_file_only
FROM lots
UNION ALL
SELECT
    lot_id,
    'group:' || group_code,
    'group',
    false
FROM lots
WHERE group_code IS NOT NULL
UNION ALL
SELECT
    lot_id,
    'resident:res_' || replace(CAST(resident_id AS text), '-', ''),
    'resident',
    false
FROM tickets
UNION ALL
SELECT
    d.lot_id,
    kind.is_a || s.seller_code,
    'seller',
    false
FROM v_lots_as_declared AS d
INNER JOIN v_sellers AS s
    ON
        d.seller_key = s.name_key
        OR d.seller_key = s.code_key
        OR d.seller_code = s.seller_code
CROSS JOIN unnest(ARRAY['seller:', 'enterprise:']) AS kind (is_a)
UNION ALL
SELECT
    lot_id,
    'bank:' || seller_bank_bic,
    'seller_bank',
    false
FROM v_lots_as_declared
WHERE seller_bank_bic IS NOT NULL
UNION ALL
SELECT
    d.lot_id,
    firm.party,
    'carrier',
    false
FROM v_lots_as_declared AS d
INNER JOIN manifests AS m ON d.manifest_key = m.manifest_key AND d.plate_key = m.plate_key
CROSS JOIN
    coalesce(
        m.carrier, CASE WHEN NOT starts_with(m.lodged_by, 'officer:') THEN m.lodged_by END
    ) AS hauler
CROSS JOIN
    unnest(ARRAY[
        hauler,
        CASE WHEN hauler LIKE 'carrier:%' THEN 'enterprise:' || substr(hauler, 9) END
    ]) AS firm (party)
WHERE firm.party IS NOT NULL
UNION ALL
SELECT
    lot_id,
    'enterprise:' || enterprise_code,
    'buyer',
    false
FROM v_purchases
UNION ALL
SELECT
    f.lot_id,
    'enterprise:' || o.enterprise_code,
    'buyer',
    false
FROM v_sale_offers AS f
INNER JOIN v_factory_orders AS o ON f.order_id = o.order_id
WHERE o.state = 'OPEN'
UNION ALL
SELECT
    l.lot_id,
    firm.party,
    'carrier',
    true
FROM lots AS l
CROSS JOIN LATERAL (
    SELECT CAST(l.business_on AS timestamp) AT TIME ZONE 'Asia/Shanghai' AS begins
) AS day
CROSS JOIN LATERAL (
    SELECT said.plate
    FROM v_lots_as_declared AS d, unnest(ARRAY[d.plate_key, d.foreign_plate_key]) AS said (plate)
    WHERE d.lot_id = l.lot_id AND said.plate IS NOT NULL
    UNION
    SELECT k.plate
    FROM v_lots_as_declared AS d, unnest(ARRAY[d.plate_key, d.foreign_plate_key]) AS said (plate),
        truck_known_as(said.plate) AS k
    WHERE d.lot_id = l.lot_id AND said.plate IS NOT NULL
) AS p
CROSS JOIN LATERAL (
    SELECT
        d.carrier,
        d.valid_until,
        row_number() OVER (ORDER BY d.declared_at DESC) AS back
    FROM v_vehicles AS d
    WHERE
        d.plate_key = p.plate AND d.carrier IS NOT NULL
        AND d.declared_at < day.begins + interval '1 day'
    ORDER BY d.declared_at DESC LIMIT 20
) AS v
CROSS JOIN
    unnest(ARRAY[
        v.carrier,
        CASE WHEN v.carrier LIKE 'carrier:%' THEN 'enterprise:' || substr(v.carrier, 9) END
    ]) AS firm (party)
WHERE firm.party IS NOT NULL AND (v.back = 1 OR v.valid_until > day.begins);
