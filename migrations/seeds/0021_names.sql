-- Legal parameters that came with the members' own word on what is declared in their names, and
-- with the carriers' on their trucks.
-- 'DA' marks a design assumption, to be confirmed by the authority.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7d11-8a21-5c0f3e9b7a01', 'hushi.share_answer_min', '',
     '240', 'DA: so that no name and no quota is held for a day', '1996-01-01', NULL),
    ('019b76da-a800-7d11-8a21-5c0f3e9b7a02', 'vehicle.total_mass_max_kg', '',
     '"49000"', 'GB 1589-2016 (OK: to be confirmed)', '1996-01-01', NULL),
    ('019b76da-a800-7d11-8a21-5c0f3e9b7a05', 'vehicle.declared_late_min', '',
     '10', 'DA: by as much as clocks may differ; a truck is declared before it enters',
     '1996-01-01', NULL),
    ('019b76da-a800-7d11-8a21-5c0f3e9b7a03', 'registry.account_cooling_h', '',
     '24', 'DA: so that whoever deals with a seller sees it first', '1996-01-01', NULL),
    ('019b76da-a800-7d11-8a21-5c0f3e9b7a04', 'registry.officer_cooling_h', '',
     '0', 'DA: two persons; nobody unfit waits a day in the pool', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
