-- owner: registry
-- readers: market, settlement, window
-- Which places of the rota banks hold, from joined_on (inclusive) to left_on (exclusive), and what they deal in.
CREATE OR REPLACE VIEW v_rota AS
SELECT
    p.bic,
    p.rota_order,
    p.joined_on,
    p.left_on,
    b.currencies
FROM rota_places AS p
INNER JOIN banks AS b ON b.bic = p.bic;
