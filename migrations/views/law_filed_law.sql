-- owner: law
-- readers: law, window
-- As v_filed_records: of each line of the law on file the digest by which the log vouches for it.
CREATE OR REPLACE VIEW v_filed_law AS
WITH said (register, code, id, name, record) AS (
    SELECT 'commodities', hs_code, NULL::uuid, hs_code,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'zh', name_zh, 'en', name_en, 'perishable', perishable, 'rule', processing_rule,
            'processes', processes, 'sample', sample, 'from', effective_from, 'to', effective_to
        )) ORDER BY effective_from NULLS FIRST)
    FROM commodities GROUP BY hs_code
    UNION ALL
    SELECT 'port_origins', port, NULL, port || ' ' || country,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'from', effective_from, 'to', effective_to, 'by', authority
        )) ORDER BY effective_from)
    FROM port_origins GROUP BY port, country
    UNION ALL
    SELECT 'goods_restrictions', kind, NULL, kind || ' ' || hs_prefix,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'from', effective_from, 'to', effective_to, 'by', authority, 'sample', sample
        )) ORDER BY effective_from)
    FROM goods_restrictions GROUP BY kind, hs_prefix
)

SELECT
    register,
    code,
    id,
    name,
    sha256(convert_to(jsonb_strip_nulls(record)::text, 'UTF8')) AS digest
FROM said;
