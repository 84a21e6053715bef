-- owner: processing
-- readers: documents, window
-- Each balance of a book as it is kept, and by what was entered in it; for whoever compares them. Scrap
-- counts beyond what was declared as loss alone.
CREATE OR REPLACE VIEW v_book_materials AS
SELECT
    m.book_id,
    m.material_hs,
    m.opening_kg,
    m.received_kg,
    m.consumed_kg,
    m.scrap_kg,
    m.loss_kg,
    m.closing_kg,
    COALESCE((
        SELECT SUM(r.received_kg) FROM receipts AS r
        WHERE r.book_id = m.book_id AND r.material_hs = m.material_hs
    ), 0) + COALESCE((
        SELECT SUM(c.delta_kg) FROM corrections AS c INNER JOIN receipts AS r ON r.receipt_id = c.receipt_id
        WHERE r.book_id = m.book_id AND r.material_hs = m.material_hs AND c.state = 'CONSENTED'
    ), 0) AS entered_received_kg,
    COALESCE(w.consumed_kg, 0) AS entered_consumed_kg,
    COALESCE(w.scrap_kg, 0) AS entered_scrap_kg,
    COALESCE(w.loss_kg, 0) AS entered_loss_kg,
    GREATEST(m.scrap_kg - m.loss_kg, 0) AS scrap_beyond_kg,
    m.unexplained_kg
FROM book_materials AS m
CROSS JOIN LATERAL (
    SELECT
        SUM(c.consumed_kg) FILTER (WHERE o.kind = 'PRODUCT') AS consumed_kg,
        SUM(c.consumed_kg) FILTER (WHERE o.kind = 'SCRAP') AS scrap_kg,
        SUM(c.loss_kg) AS loss_kg
    FROM output_consumptions AS c INNER JOIN outputs AS o ON o.output_id = c.output_id
    WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs
) AS w;
