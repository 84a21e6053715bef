-- owner: registry
-- readers: law, registry, declaration, inspection, settlement, processing, window
-- Officers without names.
CREATE OR REPLACE VIEW v_officers AS
SELECT officer_id, port, team, skills, active
FROM officers;
