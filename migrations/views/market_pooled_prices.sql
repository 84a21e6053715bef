-- owner: market
-- readers: window
-- Every version of the pooled price as it was published.
CREATE OR REPLACE VIEW v_pooled_prices AS
SELECT
    price_id,
    pair,
    version,
    mid,
    bid,
    ask,
    used,
    dropped,
    valid_from,
    valid_until,
    ended_at,
    volume,
    tier_volumes,
    tier_bids,
    tier_asks,
    quoted_since
FROM pooled_prices;
