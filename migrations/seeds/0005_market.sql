-- Legal parameters of the market beside those the registry starts with: the first day of the rota, and
-- how far one bank alone may move a published price; a scope such as 'CNY-VND' narrows a row to a pair.
-- Approved rows are never deleted, so they may be there already when this runs again.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, '', value::jsonb, authority, date '2020-01-01', 'seed:drafter',
    'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7715000013', 'fx.rota_start_on', '"2020-01-06"',
     'DA: the Monday on which the first bank of the rota had its first turn'),
    ('019b76da-a800-7a01-9b10-5e7715000021', 'fx.price_move_max_bp', '200',
     'operator''s default: twice the share beyond which a quote is dropped (to be confirmed)'),
    ('019b76da-a800-7a01-9b10-5e7715000022', 'fx.price_move_banks', '2',
     'operator''s default: a larger move needs this many banks (to be confirmed)')
) AS seed (policy_id, key, value, authority)
ON CONFLICT DO NOTHING;
