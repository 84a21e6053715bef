-- owner: processing
-- readers: documents
-- Loads that were written off in a book as lost on their way to the factory; they lay in no stock.
CREATE OR REPLACE VIEW v_lost_loads AS
SELECT
    c.book_id,
    c.purchase_id,
    p.hs_code,
    p.net_kg,
    m.lost_at
FROM corrections AS c
INNER JOIN movements AS m ON m.purchase_id = c.purchase_id
INNER JOIN v_purchases AS p ON p.purchase_id = c.purchase_id
WHERE c.kind = 'LOSS' AND c.state = 'CONSENTED';
