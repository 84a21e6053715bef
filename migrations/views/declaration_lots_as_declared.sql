-- owner: declaration
-- readers: risk, window
-- By what a lot is known, as it stands and as it was declared before it was amended: what was
-- mistyped, or said to be, is looked for like what stands.
CREATE OR REPLACE VIEW v_lots_as_declared AS
SELECT
    lot_id,
    CAST(NULL AS integer) AS former_version,
    submitted_by,
    group_code,
    plate_key,
    foreign_plate_key,
    manifest_key,
    seller_key,
    seller_code,
    seller_bank_bic,
    hs_code,
    origin
FROM lots
UNION ALL
SELECT
    a.lot_id,
    a.former_version,
    l.submitted_by,
    l.group_code,
    a.plate_key,
    a.foreign_plate_key,
    NULLIF(COALESCE(a.manifest_key, l.manifest_key), '') AS manifest_key,
    a.seller_key,
    a.seller_code,
    a.seller_bank_bic,
    l.hs_code,
    l.origin
FROM lot_amendments AS a
INNER JOIN lots AS l ON a.lot_id = l.lot_id;
