-- How many percent of a port's officers of a skill must be left on duty for one person alone to say others away.
-- 'DA' marks a design assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be
-- there already. Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7f01-8a31-2d0f5e7b9d01', 'registry.on_duty_share_pct', '',
     '50', 'DA: so that nobody alone leaves but friends in the pool that a draw is made from', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
