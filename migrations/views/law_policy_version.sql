-- owner: law
-- readers: registry, law, declaration, gate, risk, inspection, accreditation, market, settlement, secondmarket, processing, window
-- Counts changes of the legal parameters: a cache is exact by this number.
CREATE OR REPLACE VIEW v_policy_version AS
SELECT version FROM policy_version;
