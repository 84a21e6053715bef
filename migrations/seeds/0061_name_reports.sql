-- Within what time the registrar's office finds out whether a name was used by its bearer. 'DA' marks a design
-- assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be there already.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7e01-8a58-4b1d6c9f0e58', 'hushi.name_report_h', '',
     '8', 'DA: design assumption, to be confirmed: no text says by when it is found out whose use of a name it was',
     '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
