-- owner: declaration
-- readers: inspection
-- Whoever has a part in a lot, as it stands and as it was before it was amended: declarant, group,
-- every ticket's resident, filed sellers by their codes, the seller's bank, carrier and buyer. As
-- control reaches them (lot_reached): a firm is known by its code, whether it is filed as seller,
-- carrier or enterprise.
CREATE OR REPLACE VIEW v_lot_parties AS
SELECT
    lot_id,
    submitted_by AS party
FROM lots
UNION ALL
SELECT
    lot_id,
    'group:' || group_code
FROM lots
WHERE group_code IS NOT NULL
UNION ALL
SELECT
    lot_id,
    'resident:res_' || replace(CAST(resident_id AS text), '-', '')
FROM tickets
UNION ALL
SELECT
    d.lot_id,
    kind.is_a || s.seller_code
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
    'bank:' || seller_bank_bic
FROM v_lots_as_declared
WHERE seller_bank_bic IS NOT NULL
UNION ALL
SELECT
    d.lot_id,
    firm.party
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
    'enterprise:' || enterprise_code
FROM v_purchases;
