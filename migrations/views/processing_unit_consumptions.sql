-- owner: processing
-- readers: window
-- What is declared to go into a product (单耗) by each book, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_unit_consumptions AS
SELECT
    book_id,
    product_hs,
    material_hs,
    net,
    loss_rate,
    unit,
    processing_rule
FROM unit_consumptions;
