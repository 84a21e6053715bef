-- owner: processing
-- readers: window
-- What factories weighed in, as it was entered: corrections stand beside it.
CREATE OR REPLACE VIEW v_receipts AS
SELECT
    book_id,
    material_hs,
    bought_kg,
    received_kg,
    seal_intact,
    reference,
    received_at,
    'rcp_' || REPLACE(CAST(receipt_id AS text), '-', '') AS receipt_id,
    'pur_' || REPLACE(CAST(purchase_id AS text), '-', '') AS purchase_id
FROM receipts;
