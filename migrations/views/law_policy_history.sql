-- owner: law
-- readers: window
-- Every legal parameter, proposed or decided, for whoever compares them with the log.
CREATE OR REPLACE VIEW v_policy_history AS
SELECT policy_id, key, scope, value, authority, effective_from, effective_to, approved_at,
    declined_at, revoked_at
FROM policy_parameters;
