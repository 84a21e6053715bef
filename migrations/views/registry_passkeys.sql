-- owner: registry
-- readers: declaration, window
-- Passkeys that are or were bound: by what a phone's answer is checked, and whether it counts.
CREATE OR REPLACE VIEW v_passkeys AS
SELECT
    passkey_id,
    resident_id,
    credential_id,
    public_key,
    sign_count,
    state,
    counts_from
FROM passkeys
WHERE bound_at IS NOT NULL;
