-- owner: registry
-- readers: risk, inspection
-- What changed the pools that officers are drawn from, with who filed it and who confirmed.
CREATE OR REPLACE VIEW v_pool_changes AS
SELECT
    p.filing_id,
    p.place,
    p.port,
    p.officer_id,
    p.what,
    p.detail,
    p.changed_at,
    (
        SELECT e.actor::jsonb ->> 'subject' FROM events AS e
        WHERE e.case_id = p.filing_id AND e.step IN ('propose', 'file')
        ORDER BY e.seq LIMIT 1
    ) AS filed_by,
    (
        SELECT e.actor::jsonb ->> 'subject' FROM events AS e
        WHERE e.case_id = p.filing_id AND e.step = 'decide'
    ) AS seconded_by
FROM pool_changes AS p;
