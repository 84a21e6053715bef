-- owner: risk
-- readers: risk, window
-- Every draw under a revealed seed, with all that is needed to compute it again.
CREATE OR REPLACE VIEW v_revealed_draws AS
SELECT
    s.seed_id,
    s.port,
    s.business_on,
    s.round,
    s.commitment,
    s.revealed AS seed,
    d.purpose,
    d.subject,
    d.draw_value,
    d.rate,
    d.selected,
    d.eligible,
    d.drawn
FROM draw_seeds AS s
LEFT JOIN (
    SELECT
        seed_id,
        'goods' AS purpose,
        'lot_' || replace(lot_id::text, '-', '') AS subject,
        draw_value,
        rate,
        selected,
        NULL::text[] AS eligible,
        NULL::text[] AS drawn
    FROM screenings
    UNION ALL
    SELECT seed_id, purpose, subject, NULL, NULL, NULL, eligible, drawn FROM case_draws
) AS d ON d.seed_id = s.seed_id
WHERE s.revealed IS NOT NULL;
