-- owner: law
-- readers: declaration, risk, settlement, processing, window
-- Goods without exemption and prohibited goods, by HS prefix, dated; and when it was first filed that
-- they are from that day, where two have filed it.
CREATE OR REPLACE VIEW v_goods_restrictions AS
SELECT
    kind,
    hs_prefix,
    effective_from,
    effective_to,
    authority,
    sample,
    (
        SELECT min(f.decided_at)
        FROM law_filings AS f
        WHERE
            f.kind = 'goods_restrictions' AND f.state = 'CONFIRMED'
            AND CAST(f.rows AS jsonb) @> jsonb_build_array(jsonb_build_object(
                'kind', r.kind,
                'hs_prefix', r.hs_prefix,
                'effective_from', CAST(r.effective_from AS text)
            ))
    ) AS filed_at
FROM goods_restrictions AS r;
