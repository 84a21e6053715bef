-- A sample screening list: SHA-256 of the normalised name, never the name itself. The names are
-- invented: 'Red Banyan Sample Trading Co., Ltd.', '样本受限贸易有限公司', 'Sample Sanctioned Bank'.
-- Statements end with a semicolon at the end of a line.

INSERT INTO screening_entries (entry_id, list_name, reference, kind, match_hash, sample, added_by,
    added_at)
SELECT entry_id::uuid, 'SAMPLE', reference, 'NAME', decode(match_hash, 'hex'), true, 'seed',
    timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7715000001', 'SAMPLE-0001',
     '647319b9fca46ed5921dcca690741f636a09e2d9240d9a864f69fd61d3f56cfe'),
    ('019b76da-a800-7a01-9b10-5e7715000002', 'SAMPLE-0002',
     '20e5cdd0f67435313de7035a8a1fd957619f37dc305a6043611a820f45780980'),
    ('019b76da-a800-7a01-9b10-5e7715000003', 'SAMPLE-0003',
     '8d10b021dcd7bc915918b9f4bc46195b3a5b72e8e7d04077c0537e6a8d725ca1')
) AS seed (entry_id, reference, match_hash);

-- Legal parameters that settlement needs beside those the registry starts with. Approved rows are
-- never deleted, so they may be there already when this runs again.
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, '', value::jsonb, authority, date '2020-01-01', 'seed:drafter',
    'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7715000011', 'settle.ask_after_s', '30',
     'DA: a silent bank is asked again after this, then ever more slowly'),
    ('019b76da-a800-7a01-9b10-5e7715000012', 'settle.ask_at_most_every_s', '3600',
     'DA: design assumption, to be confirmed'),
    ('019b76da-a800-7a01-9b10-5e7715000014', 'bop.code.hushi', '"122990"',
     'SAFE transaction codes 2014 (OK: 121080, 121990 or 122990, to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000015', 'bop.usd_cny_reference', '"7.10"',
     'DA: reference rate for the big-amount check, sample')
) AS seed (policy_id, key, value, authority)
ON CONFLICT DO NOTHING;
