-- owner: risk
-- readers: window
-- What was committed to for each port and day, and whether the seed behind it has been told.
CREATE OR REPLACE VIEW v_commitments AS
SELECT
    seed_id,
    port,
    business_on,
    round,
    encode(commitment, 'hex') AS commitment,
    revealed IS NOT NULL AS is_revealed
FROM draw_seeds;
