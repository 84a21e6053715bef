-- owner: law
-- readers: registry, law, declaration, gate, risk, inspection, accreditation, market, settlement, secondmarket, processing, window
-- Every approved legal parameter, for the policy cache.
CREATE OR REPLACE VIEW v_policy_rows AS
SELECT key, scope, value, authority, effective_from, effective_to
FROM policy_parameters
WHERE approved_at IS NOT NULL;
