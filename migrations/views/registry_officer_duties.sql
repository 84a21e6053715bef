-- owner: registry
-- readers: inspection
-- For what officers are away, today and later, with the first day on which they are back.
CREATE OR REPLACE VIEW v_officer_duties AS
SELECT officer_id, duty, from_on, until_on
FROM officer_duties
WHERE duty <> 'ON_DUTY'
    AND (until_on IS NULL OR until_on > (now() AT TIME ZONE 'Asia/Shanghai')::date);
