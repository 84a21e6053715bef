-- 'DA' marks a design assumption, to be confirmed by the operator; 'unknown', that nobody is known to have said it.
-- Approved rows are never deleted, so they may be there already.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7e81-8a21-5c0f3e9b7a01', 'fx.quote_holds_min_s', '',
     '60', 'DA: as long as a firm quote is locked; with the first to end ends the price of all', '2020-01-01', NULL),
    ('019b76da-a800-7e81-8a21-5c0f3e9b7a02', 'board.lots_min', '',
     '5', 'DA: of fewer, the lots of one trader would be known', '1996-01-01', NULL),
    ('019b76da-a800-7e81-8a21-5c0f3e9b7a03', 'board.declarants_min', '',
     '3', 'DA: of fewer, the lots of one trader would be known', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
