-- owner: processing
-- readers: window
-- Products and scrap as they were reported, and the reversals of reports.
CREATE OR REPLACE VIEW v_outputs AS
SELECT
    book_id,
    kind,
    hs_code,
    weight_kg,
    produced_on,
    reference,
    'out_' || REPLACE(CAST(output_id AS text), '-', '') AS output_id,
    'out_' || REPLACE(CAST(reverses AS text), '-', '') AS reverses
FROM outputs;
