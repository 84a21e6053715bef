-- Legal parameters of passkeys. No authority has said anything of them: each row says so.
-- Approved rows are never deleted, so they may be there already when this runs again.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7d35-8a21-5c0f3e9b7a01', 'registry.passkey_code_min', '',
     '5', 'DA: as long as two people stand at one desk', '1996-01-01', NULL),
    ('019b76da-a800-7d35-8a21-5c0f3e9b7a02', 'registry.passkeys_max', '',
     '2', 'DA: a phone and a second one', '1996-01-01', NULL),
    ('019b76da-a800-7d35-8a21-5c0f3e9b7a03', 'hushi.touch_min', '',
     '5', 'DA: from reading a share to touching for it', '1996-01-01', NULL),
    ('019b76da-a800-7d35-8a21-5c0f3e9b7a04', 'hushi.touch_demanded', '',
     '"NO"', 'unknown: no authority is known to demand it', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
