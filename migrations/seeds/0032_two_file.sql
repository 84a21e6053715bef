-- Legal parameters of what two persons file, and of what stands beside a draw. 'DA' marks a design assumption, to be
-- confirmed by the authority. Approved rows are never deleted, so they may be there already when this runs again.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7f01-8a31-2d0f5e7b9a01', 'registry.first_filing_cooling_h', '',
     '0', 'DA: two persons; nothing that is on file is replaced', '1996-01-01', NULL),
    ('019b76da-a800-7f01-8a31-2d0f5e7b9a02', 'registry.mandate_cooling_h', '',
     '24', 'DA: so that the resident in whose name it is sees it first', '1996-01-01', NULL),
    ('019b76da-a800-7f01-8a31-2d0f5e7b9a03', 'registry.pool_changes_shown_days', '',
     '30', 'DA: whoever looks at a draw sees a month of what changed its pool', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
