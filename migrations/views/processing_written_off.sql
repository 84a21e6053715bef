-- owner: processing
-- readers: window
-- What each report of products wrote off of which material (核销), and what of it as declared loss.
CREATE OR REPLACE VIEW v_written_off AS
SELECT
    c.book_id,
    'out_' || REPLACE(CAST(c.output_id AS text), '-', '') AS output_id,
    jsonb_object_agg(c.material_hs, c.consumed_kg) AS consumed_kg,
    COALESCE(jsonb_object_agg(c.material_hs, c.loss_kg) FILTER (WHERE c.loss_kg <> 0), '{}') AS loss_kg
FROM output_consumptions AS c
GROUP BY c.book_id, c.output_id;
