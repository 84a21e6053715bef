-- owner: registry
-- readers: registry, law, declaration, risk, inspection, accreditation, settlement, processing, window
-- Officers without names.
CREATE OR REPLACE VIEW v_officers AS
SELECT officer_id, port, team, skills, active
FROM officers;
