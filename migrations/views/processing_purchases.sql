-- owner: processing
-- readers: declaration, settlement, window
-- What became of a sold lot: its buyer, its movement, its receipt.
CREATE OR REPLACE VIEW v_purchases AS
SELECT
    p.purchase_id,
    p.lot_id,
    p.order_id,
    p.enterprise_code,
    p.hs_code,
    p.net_kg,
    p.price_minor,
    decimal_amount(p.price_minor, p.currency) AS price,
    p.currency,
    p.bought_at,
    m.seal_no,
    m.dispatched_at,
    r.receipt_id,
    r.book_id,
    r.received_kg,
    r.received_at,
    CASE
        WHEN r.receipt_id IS NOT NULL THEN 'factory'
        WHEN m.purchase_id IS NOT NULL THEN 'escort'
        ELSE 'buyer'
    END AS holder
FROM purchases AS p
LEFT JOIN movements AS m ON m.purchase_id = p.purchase_id
LEFT JOIN receipts AS r ON r.purchase_id = p.purchase_id;
