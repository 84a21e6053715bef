-- owner: processing
-- readers: secondmarket, window
-- What became of a purchase on its way to the factory: its movement, its receipt.
CREATE OR REPLACE VIEW v_deliveries AS
SELECT
    m.purchase_id,
    m.seal_no,
    m.dispatched_at,
    r.receipt_id,
    r.book_id,
    r.received_kg,
    r.received_at,
    CASE WHEN r.receipt_id IS NULL THEN 'escort' ELSE 'factory' END AS holder
FROM movements AS m
LEFT JOIN receipts AS r ON r.purchase_id = m.purchase_id;
