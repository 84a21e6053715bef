-- owner: inspection
-- readers: declaration, window
-- Inspection orders: where each stands and what came of it.
CREATE OR REPLACE VIEW v_inspection_orders AS
SELECT
    order_id,
    lot_id,
    port,
    lane,
    perishable,
    state,
    officers,
    bay,
    disposal,
    opened_at,
    concluded_at
FROM inspection_orders;
