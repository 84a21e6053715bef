-- For how long a resident sees that a phone was bound for him before it answers in his name. 'DA' marks a design
-- assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be there already.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7d75-8a21-5c0f3e9b7a01', 'registry.passkey_cooling_h', '',
     '24', 'DA: so that whoever never was at the desk hears of it first', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
