-- owner: window
-- readers: declaration, window
-- Who may read a lot, and who may read any case: its parties, customs at its port, the gate; the
-- factory that bought a lot may follow it back. services/platform/visibility.py names the readers.
CREATE OR REPLACE VIEW v_lot_readers AS
SELECT lot_id, submitted_by AS reader FROM v_lots
UNION ALL
SELECT lot_id, 'group:' || group_code FROM v_lots
UNION ALL
SELECT lot_id, 'resident:res_' || replace(resident_id::text, '-', '') FROM v_tickets
UNION ALL
SELECT lot_id, 'officers:' || port FROM v_lots
UNION ALL
SELECT lot_id, 'gates:' || port FROM v_lots;
CREATE OR REPLACE VIEW v_case_readers AS
SELECT lot_id AS case_id, reader FROM v_lot_readers
UNION ALL
SELECT lot_id, 'enterprise:' || enterprise_code FROM v_purchases
UNION ALL
SELECT o.order_id, r.reader
FROM v_inspection_orders AS o
INNER JOIN v_lot_readers AS r ON r.lot_id = o.lot_id AND NOT starts_with(r.reader, 'gates:')
UNION ALL
SELECT s.instruction_id, r.reader
FROM v_settlements AS s
INNER JOIN v_lot_readers AS r ON r.lot_id = s.lot_id AND NOT starts_with(r.reader, 'gates:')
UNION ALL
SELECT instruction_id, instructed_by FROM v_settlements
UNION ALL
SELECT instruction_id, 'bank:' || bank_bic FROM v_settlements
UNION ALL
SELECT aeo_id, 'enterprise:' || enterprise_code FROM v_accreditations
UNION ALL
SELECT aeo_id, 'officers:' || port FROM v_accreditations
UNION ALL
SELECT book_id, 'enterprise:' || enterprise_code FROM v_books
UNION ALL
SELECT book_id, 'officers:' || port FROM v_books
UNION ALL
SELECT order_id, 'enterprise:' || enterprise_code FROM v_factory_orders
UNION ALL
SELECT o.order_id, 'officers:' || e.port
FROM v_factory_orders AS o
INNER JOIN v_enterprises AS e ON e.enterprise_code = o.enterprise_code;
