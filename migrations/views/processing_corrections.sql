-- owner: processing
-- readers: window
-- What was asked to be put right in a book, and whether it was; without the reasons.
CREATE OR REPLACE VIEW v_corrections AS
SELECT
    book_id,
    kind,
    product_hs,
    material_hs,
    former,
    becomes,
    state,
    'cor_' || REPLACE(CAST(correction_id AS text), '-', '') AS correction_id,
    'rcp_' || REPLACE(CAST(receipt_id AS text), '-', '') AS receipt_id,
    'pur_' || REPLACE(CAST(purchase_id AS text), '-', '') AS purchase_id
FROM corrections;
