-- owner: window
-- readers: window
-- Which case led to which, in both directions: a lot to its inspections, its payments, the order
-- that bought it and the e-book that received it.
CREATE OR REPLACE VIEW v_case_links AS
SELECT lot_id AS case_id, order_id AS linked_id FROM v_inspection_orders
UNION ALL
SELECT order_id, lot_id FROM v_inspection_orders
UNION ALL
SELECT lot_id, instruction_id FROM v_settlements
UNION ALL
SELECT instruction_id, lot_id FROM v_settlements
UNION ALL
SELECT lot_id, order_id FROM v_purchases
UNION ALL
SELECT order_id, lot_id FROM v_purchases
UNION ALL
SELECT lot_id, book_id FROM v_purchases WHERE book_id IS NOT NULL
UNION ALL
SELECT book_id, lot_id FROM v_purchases WHERE book_id IS NOT NULL;
