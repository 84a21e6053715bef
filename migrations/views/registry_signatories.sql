-- owner: registry
-- readers: market, settlement, window
-- Who signs for a body in a duty, and whether still.
CREATE OR REPLACE VIEW v_signatories AS
SELECT party, subject, duty, active
FROM signatories;
