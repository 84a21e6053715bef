-- Legal parameters of tiered quotes and of returned goods. No authority has confirmed them: each says so.
-- Approved rows are never deleted, so they may be there already when this runs again.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, date '2020-01-01', 'seed:drafter',
    'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7725000001', 'fx.tier_width_max', '', '"0.02"',
     'operator''s default: a tier stands within two percent of its quote''s mid (to be confirmed)')
) AS seed (policy_id, key, scope, value, authority)
ON CONFLICT DO NOTHING;
