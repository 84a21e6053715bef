-- For how long a group, an enterprise or a bank sees what is to stand on file of it before a second registrar confirms
-- it. 'DA' marks a design assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be
-- there already. Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7f01-8a31-2d0f5e7b9c01', 'registry.party_cooling_h', '',
     '24', 'DA: so that whoever is moved to another port, or called otherwise, sees it first', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
