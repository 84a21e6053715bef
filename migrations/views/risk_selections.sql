-- owner: risk
-- readers: window
-- By what the goods of a selected lot are known again.
CREATE OR REPLACE VIEW v_selections AS
SELECT
    lot_id,
    key,
    lane,
    ended_at
FROM selections;
