-- owner: risk
-- readers: risk, declaration, inspection, window
-- Lots that officers called in by hand, with the orders that they were given.
CREATE OR REPLACE VIEW v_call_ins AS
SELECT call_in_id, lot_id, lane, grounds, called_by, called_at, order_id
FROM call_ins;
