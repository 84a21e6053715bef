-- owner: settlement
-- readers: window
-- Prices locked for a party, as they were locked; for whoever compares them with the log.
CREATE OR REPLACE VIEW v_firm_quotes AS
SELECT
    quote_id,
    party,
    source,
    bank_bic,
    rate,
    decimal_amount(gives_minor, gives_currency) AS gives,
    decimal_amount(gets_minor, gets_currency) AS gets,
    decimal_amount(at_mid_minor, gets_currency) AS at_mid,
    expires_at,
    pair,
    gives_currency,
    gets_currency,
    locked_at,
    used_by
FROM firm_quotes;
