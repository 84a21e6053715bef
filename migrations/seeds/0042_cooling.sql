-- How long a bank sees the key that is to count as its own, and who is to sign for it, before a second registrar
-- agrees, and after what time a payer is told that a name or an account in the payment keeps it waiting. 'DA' marks a
-- design assumption, to be confirmed by the authority. Approved rows are never deleted, so they may be there already.
-- Statements end with a semicolon at the end of a line.

INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, scope, value::jsonb, authority, effective_from::date,
    effective_to::date, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7f01-8a31-2d0f5e7b9b01', 'registry.bank_key_cooling_h', '',
     '24', 'DA: so that the bank sees first by which key money is booked', '1996-01-01', NULL),
    ('019b76da-a800-7f01-8a31-2d0f5e7b9b03', 'registry.signatory_cooling_h', '',
     '24', 'DA: so that the bank sees first who is to pay and release in its name', '1996-01-01', NULL),
    ('019b76da-a800-7f01-8a31-2d0f5e7b9b02', 'settle.hold_told_after_s', '',
     '86400', 'DA: anti-money-laundering law forbids tipping off', '1996-01-01', NULL)
) AS r (policy_id, key, scope, value, authority, effective_from, effective_to)
ON CONFLICT DO NOTHING;
