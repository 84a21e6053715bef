-- owner: risk
-- readers: window
-- By what the controls that are not lifted are found.
CREATE OR REPLACE VIEW v_control_reach AS
SELECT
    kind,
    key,
    control_id,
    true AS found
FROM control_reach;
