-- owner: window
-- readers: window
-- Every case of every service in one shape.
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
    o.order_id,
    'ins',
    o.state,
    NULL,
    o.port,
    o.opened_at,
    o.concluded_at,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    false
FROM v_inspection_orders AS o
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
INNER JOIN v_lots AS l ON l.lot_id = s.lot_id;
