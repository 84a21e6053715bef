-- owner: registry
-- readers: registry, declaration, settlement, processing, notices, window
-- Membership periods, each with the member's latest mandate to the group's clerk that has begun
-- (Beijing day), or else the latest to come. All periods run from their first day (inclusive) to
-- their last (exclusive). "mandated" says that this mandate holds today; whether it counts on
-- another day is told by mandated_from and mandated_to. mandate_to_come is the first day of the next
-- one, whatever holds until then.
CREATE OR REPLACE VIEW v_memberships AS
SELECT
    m.group_code,
    m.resident_id,
    m.joined_on,
    m.left_on,
    COALESCE(
        d.given_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        AND (d.ended_on IS NULL OR d.ended_on > (now() AT TIME ZONE 'Asia/Shanghai')::date),
        false
    ) AS mandated,
    d.given_on AS mandated_from,
    d.ended_on AS mandated_to,
    (
        SELECT min(n.given_on) FROM mandates AS n
        WHERE n.group_code = m.group_code AND n.resident_id = m.resident_id
            AND n.given_on > (now() AT TIME ZONE 'Asia/Shanghai')::date
    ) AS mandate_to_come
FROM memberships AS m
LEFT JOIN LATERAL (
    SELECT given_on, ended_on
    FROM mandates
    WHERE mandates.group_code = m.group_code AND mandates.resident_id = m.resident_id
    ORDER BY given_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date DESC, given_on DESC
    LIMIT 1
) AS d ON true;
