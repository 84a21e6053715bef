-- owner: registry
-- readers: registry, law, declaration, risk, inspection, accreditation, settlement, processing, documents, notices, window
-- Officers without names. Active is who is in service and not away today: nobody else is drawn or decides.
CREATE OR REPLACE VIEW v_officers AS
SELECT
    officer_id,
    port,
    team,
    skills,
    active AND NOT EXISTS (
        SELECT FROM officer_duties AS d
        WHERE d.officer_id = officers.officer_id AND d.duty <> 'ON_DUTY'
            AND d.valid @> (now() AT TIME ZONE 'Asia/Shanghai')::date
    ) AS active,
    badge_no,
    active AS in_service
FROM officers;
