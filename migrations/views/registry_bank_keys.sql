-- owner: registry
-- readers: market, settlement, registry
-- The keys of banks' signatures, each with the time in which it counts.
CREATE OR REPLACE VIEW v_bank_keys AS
SELECT
    bic,
    public_key,
    '-infinity'::timestamptz AS valid_from,
    key_until AS valid_until
FROM banks
UNION ALL
SELECT
    bic,
    public_key,
    valid_from,
    valid_until
FROM bank_keys
WHERE state = 'APPROVED';
