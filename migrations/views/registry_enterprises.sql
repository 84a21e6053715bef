-- owner: registry
-- readers: declaration, accreditation, settlement, secondmarket, processing, documents, window
-- Enterprises; filed_for_processing says whether any processing filing is in force today.
CREATE OR REPLACE VIEW v_enterprises AS
SELECT
    e.enterprise_code,
    e.credit_code,
    e.name,
    e.port,
    f.filed_from IS NOT NULL
        AND (f.filed_to IS NULL OR f.filed_to > (now() AT TIME ZONE 'Asia/Shanghai')::date)
        AS filed_for_processing,
    f.filed_from,
    f.filed_to,
    e.names_before
FROM enterprises AS e
LEFT JOIN LATERAL (
    SELECT filed_from, filed_to
    FROM processing_filings
    WHERE processing_filings.enterprise_code = e.enterprise_code
        AND filed_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date
    ORDER BY filed_to DESC NULLS FIRST, filed_from
    LIMIT 1
) AS f ON true;
