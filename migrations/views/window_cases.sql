-- owner: window
-- readers: window
-- Every case of every service in one shape. A clock of days runs to the end of its last Beijing day.
CREATE OR REPLACE VIEW v_cases AS
SELECT
    lot_id AS case_id,
    'lot' AS prefix,
    state,
    reference,
    port,
    submitted_at AS opened_at,
    ended_at,
    'release' AS clock_kind,
    clock_started_at,
    release_due_at AS clock_due_at,
    clock_ran_out_at,
    COALESCE(released_at, ended_at) AS clock_stopped_at,
    perishable AS clock_strictly_before
FROM v_lots
UNION ALL
SELECT
    order_id,
    'ins',
    state,
    NULL,
    port,
    opened_at,
    concluded_at,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    false
FROM v_inspection_orders
UNION ALL
SELECT
    aeo_id,
    'aeo',
    state,
    reference,
    port,
    applied_at,
    ended_on::timestamp AT TIME ZONE 'Asia/Shanghai',
    'decision',
    CASE
        WHEN certificate IS NULL AND state IN ('ACCEPTED', 'SELF_ASSESSED', 'ON_SITE', 'REPORTED')
            THEN accepted_on::timestamp AT TIME ZONE 'Asia/Shanghai'
    END,
    (due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai',
    overdue_at,
    NULL,
    true
FROM v_accreditations
UNION ALL
SELECT
    s.instruction_id,
    'stl',
    s.state,
    s.client_reference,
    l.port,
    s.requested_at,
    s.ended_at,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    false
FROM v_settlements AS s
INNER JOIN v_lots AS l ON l.lot_id = s.lot_id
UNION ALL
SELECT
    o.order_id,
    'ord',
    o.state,
    o.reference,
    e.port,
    o.created_at,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    false
FROM v_factory_orders AS o
LEFT JOIN v_enterprises AS e ON e.enterprise_code = o.enterprise_code
UNION ALL
SELECT
    book_id,
    'bok',
    state,
    NULL,
    port,
    opened_at,
    closed_at,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    false
FROM v_books;
