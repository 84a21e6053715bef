-- owner: declaration
-- readers: risk
-- Of an amended lot what it said first of what was amended since: by the field's name, as text.
CREATE OR REPLACE VIEW v_lots_first_said AS
SELECT
    f.lot_id,
    jsonb_object_agg(f.field, f.said) AS said
FROM (
    SELECT DISTINCT ON (e.case_id, former.key)
        e.case_id AS lot_id,
        former.key AS field,
        former.value AS said
    FROM events AS e
    CROSS JOIN LATERAL jsonb_each_text(CAST(e.body AS jsonb) -> 'former') AS former
    WHERE e.type = 'LotAmended'
    ORDER BY e.case_id, former.key, e.seq
) AS f
GROUP BY f.lot_id;
