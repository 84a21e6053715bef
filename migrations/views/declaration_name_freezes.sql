-- owner: declaration
-- readers: window
-- In whose names nobody may declare now, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_name_freezes AS
SELECT resident_id
FROM name_freezes
WHERE thawed_at IS NULL;
