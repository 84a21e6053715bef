-- owner: processing
-- readers: window
-- Of each lot its movement to the factory and whether it was lost on it, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_movements AS
SELECT
    p.lot_id,
    m.seal_no,
    m.vehicle_plate,
    m.lost_at
FROM movements AS m
INNER JOIN v_purchases AS p ON p.purchase_id = m.purchase_id;
