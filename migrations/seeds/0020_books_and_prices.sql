-- Legal parameters of e-book periods and of prices beside those that were filed before. No authority has
-- confirmed them: each says so. A scope narrows a row to a port, a pair ('CNY-VND') or a calendar ('VN-2026').
-- Approved rows are never deleted, so they may be there already when this runs again.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, date '2020-01-01', 'seed:drafter',
    'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7715000041', 'process.period_max_days', '', '366',
     'operator''s default: an e-book is balanced at least once a year (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000042', 'process.period_ahead_days', '', '92',
     'operator''s default: a period is opened at most a quarter ahead (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000043', 'process.receive_days', '', '14',
     'operator''s default: bought goods reach their factory within two weeks (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000044', 'fx.volume_times', '', '"2"',
     'operator''s default: a quote weighs at most twice the middle one (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000045', 'fx.quote_volume_max', '', '"1000000000000.00"',
     'operator''s default, in any base: more than a border deals (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000046', 'fx.quote_volume_max', 'CNY', '"1000000000.00"',
     'operator''s default: a thousand million yuan a quote (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000047', 'calendar.days', 'VN-2026',
     '{"closed": ["2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
        "2026-02-20", "2026-04-27", "2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01", "2026-09-02"],
       "worked": ["2026-01-10", "2026-08-22"]}',
     'sample after the Labour Code of Viet Nam, article 112, and the holidays announced for 2026: not the'
     ' official text (to be confirmed); 2027 is not known until it is filed')
) AS seed (policy_id, key, scope, value, authority)
ON CONFLICT DO NOTHING;
