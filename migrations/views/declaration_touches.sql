-- owner: declaration
-- readers: window
-- What passkeys agreed to, with their answers: who agreed to what can be checked by these alone.
CREATE OR REPLACE VIEW v_touches AS
SELECT
    challenge,
    case_id,
    resident_id,
    passkey_id,
    terms,
    origin,
    public_key,
    credential_id,
    authenticator_data,
    client_data,
    signature,
    touched_at
FROM touches;
