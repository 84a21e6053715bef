-- owner: law
-- readers: law, registry, declaration, gate, inspection, settlement, processing, window
-- Counts changes of the legal parameters: a cache is exact by this number.
CREATE OR REPLACE VIEW v_policy_version AS
SELECT version FROM policy_version;
