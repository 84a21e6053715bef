-- owner: processing
-- readers: secondmarket, window
-- What became of a purchase on its way to the factory: its movement, its receipt with the weight that
-- stands by now, or that it was written off as lost.
CREATE OR REPLACE VIEW v_deliveries AS
SELECT
    m.purchase_id,
    m.seal_no,
    m.dispatched_at,
    r.receipt_id,
    r.book_id,
    CAST(r.received_kg + COALESCE((
        SELECT SUM(c.delta_kg) FROM corrections AS c
        WHERE c.receipt_id = r.receipt_id AND c.state = 'CONSENTED'
    ), 0) AS numeric(18, 3)) AS received_kg,
    r.received_at,
    CASE
        WHEN r.receipt_id IS NOT NULL THEN 'factory'
        WHEN m.lost_at IS NULL THEN 'escort'
        ELSE 'nobody'
    END AS holder,
    m.lost_at
FROM movements AS m
LEFT JOIN receipts AS r ON r.purchase_id = m.purchase_id;
