-- Within which minutes another record of a truck at the gate of one port is the same entry. 'DA' marks a design
-- assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be there already.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7d76-8a21-5c0f3e9b7a01', 'gate.same_entry_min', '',
     '30', 'DA: so that a truck which is recorded twice has come in once', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
