-- Waits before a dishonest party's credit may be repaired, in months by the grounds of its level.
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7d01-8f3a-5c2b9e4d7a60', 'credit.repair_months', '',
     '{"SMUGGLING": 12, "VIOLATIONS": 6, "ARREARS": 3}',
     'GACC Order 251 (copy); under Order 282 OK: to be confirmed', '2021-11-01', NULL)
) AS v (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
