-- owner: window
-- readers: declaration, window
-- Who may read a case: its parties, customs and the gate at its port (services/platform/visibility).
CREATE OR REPLACE VIEW v_lot_readers AS
SELECT lot_id, submitted_by AS reader FROM v_lots
UNION ALL
SELECT lot_id, 'group:' || group_code FROM v_lots
UNION ALL
SELECT lot_id, 'resident:res_' || replace(resident_id::text, '-', '') FROM v_tickets
UNION ALL
SELECT lot_id, 'officers:' || port FROM v_lots;
CREATE OR REPLACE VIEW v_case_readers AS
SELECT lot_id AS case_id, reader FROM v_lot_readers
UNION ALL
SELECT lot_id, 'gates:' || port FROM v_lots
UNION ALL
SELECT o.order_id, r.reader
FROM v_inspection_orders AS o
INNER JOIN v_lot_readers AS r ON r.lot_id = o.lot_id
UNION ALL
SELECT s.instruction_id, r.reader
FROM v_settlements AS s
INNER JOIN v_lot_readers AS r ON r.lot_id = s.lot_id
UNION ALL
SELECT instruction_id, instructed_by FROM v_settlements
UNION ALL
SELECT instruction_id, 'bank:' || bank_bic FROM v_settlements;
