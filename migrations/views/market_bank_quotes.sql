-- owner: market
-- readers: window
-- What banks quote, and what each alone deals at on its day of duty.
CREATE OR REPLACE VIEW v_bank_quotes AS
SELECT
    quote_id,
    bank_bic,
    pair,
    bid,
    ask,
    mid,
    volume,
    valid_until,
    rota_mid,
    rota_bid,
    rota_ask,
    last_mid,
    moved_bp,
    max_bp,
    quoted_at,
    withdrawn_at,
    tier_volumes,
    tier_bids,
    tier_asks,
    rota_bids,
    rota_asks
FROM bank_quotes;
