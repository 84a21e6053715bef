-- owner: inspection
-- readers: declaration, gate, risk, documents, window
-- Inspection orders: where each stands, what two officers signed of what was found when and how, what
-- it does with the lot, and whose findings, or whose word to let the lot go, wait for the other one.
CREATE OR REPLACE VIEW v_inspection_orders AS
SELECT
    o.order_id,
    o.lot_id,
    o.port,
    o.lane,
    o.method_ordered,
    o.perishable,
    o.state,
    o.round > 0 AS examined,
    o.officers,
    o.bay,
    o.results,
    o.disposal,
    o.lot_move,
    f.author,
    f.signer,
    o.opened_at,
    o.concluded_at,
    f.method,
    f.recorded_at AS found_at,
    o.author AS reported_by,
    o.let_go_by
FROM inspection_orders AS o
LEFT JOIN findings AS f ON f.order_id = o.order_id AND f.round = o.round AND f.agreed;
