-- Figures that stood in code. 'DA' marks a design assumption, to be confirmed by the authority; 'unknown', that nobody is
-- known to have said it. Approved rows are never deleted, so they may be there already.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a01', 'aeo.full_score', '',
     '100', 'GACC Order 251 and its standard', '2021-11-01', '2026-04-01'),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a02', 'aeo.full_score', '',
     '100', 'unknown: the standard under Order 282 was not found; as under Order 251', '2026-04-01', NULL),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a03', 'aeo.basically_met_costs', '',
     '1', 'GACC Order 251 and its standard', '2021-11-01', '2026-04-01'),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a04', 'aeo.basically_met_costs', '',
     '1', 'unknown: the standard under Order 282 was not found; as under Order 251', '2026-04-01', NULL),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a05', 'aeo.not_met_costs', '',
     '2', 'GACC Order 251 and its standard', '2021-11-01', '2026-04-01'),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a06', 'aeo.not_met_costs', '',
     '2', 'unknown: the standard under Order 282 was not found; as under Order 251', '2026-04-01', NULL),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a07', 'aeo.basically_met_max', '',
     '3', 'GACC Order 251 and its standard', '2021-11-01', '2026-04-01'),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a08', 'aeo.basically_met_max', '',
     '3', 'unknown: the standard under Order 282 was not found; as under Order 251', '2026-04-01', NULL),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a09', 'hushi.entry_ahead_max_min', '',
     '10', 'DA: by as much as clocks may differ; goods are declared when they are in', '1996-01-01', NULL),
    ('019b76da-a800-7e80-8a21-5c0f3e9b7a0a', 'settle.book_behind_max_days', '',
     '1', 'DA: past midnight, a bank''s book may still be at the day before', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
