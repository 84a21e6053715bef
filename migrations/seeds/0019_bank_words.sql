-- How long two keys of a bank's signatures may count side by side, and in how many hours a dispute
-- with a bank is to be resolved. Set by the operator until an authority names them: 'DA' marks a
-- design assumption, to be confirmed.
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7c77-8d19-5b1f0a9c3e42', 'bank.key_overlap_max_h', '', '720',
    'DA operator', '2014-01-01', NULL, 'seed:drafter', 'seed:reviewer',
    timestamptz '2026-01-01 00:00:00+08'),
    ('019b76da-a800-7c78-9b40-2e6d1c5f7a83', 'settle.dispute_h', '', '48',
    'DA operator', '2014-01-01', NULL, 'seed:drafter', 'seed:reviewer',
    timestamptz '2026-01-01 00:00:00+08')
-- What was approved once is never deleted, also not by a way back.
ON CONFLICT DO NOTHING;
