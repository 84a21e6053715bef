-- owner: window
-- readers: window
-- Which case led to which, in both directions.
CREATE OR REPLACE VIEW v_case_links AS
SELECT lot_id AS case_id, order_id AS linked_id FROM v_inspection_orders
UNION ALL
SELECT order_id, lot_id FROM v_inspection_orders
UNION ALL
SELECT lot_id, instruction_id FROM v_settlements
UNION ALL
SELECT instruction_id, lot_id FROM v_settlements;
