-- owner: market
-- readers: settlement, window
-- At what a pair is dealt, and for how much: the pooled prices, and what each bank's latest quote says that
-- it alone deals at on its day of duty; both by tiers, up to which volume at which bid and ask, and since when
-- what is locked counts against that. Where last_mid is set, that stands too far from the price before.
CREATE OR REPLACE VIEW v_prices AS
SELECT
    pair,
    'POOLED' AS source,
    price_id,
    version,
    NULL::text AS bank_bic,
    mid,
    bid,
    ask,
    NULL::numeric AS last_mid,
    NULL::numeric AS moved_bp,
    NULL::numeric AS max_bp,
    valid_from,
    LEAST(valid_until, ended_at) AS valid_until,
    volume,
    COALESCE(tier_volumes, ARRAY[volume]) AS tier_volumes,
    COALESCE(tier_bids, ARRAY[bid]) AS tier_bids,
    COALESCE(tier_asks, ARRAY[ask]) AS tier_asks,
    COALESCE(quoted_since, valid_from) AS quoted_since
FROM pooled_prices
UNION ALL
SELECT
    q.pair,
    'ROTA' AS source,
    NULL::uuid AS price_id,
    NULL::integer AS version,
    q.bank_bic,
    q.rota_mid AS mid,
    q.rota_bid AS bid,
    q.rota_ask AS ask,
    q.last_mid,
    q.moved_bp,
    q.max_bp,
    q.quoted_at AS valid_from,
    q.valid_until,
    q.volume,
    COALESCE(q.tier_volumes, ARRAY[q.volume]) AS tier_volumes,
    COALESCE(q.rota_bids, ARRAY[q.rota_bid]) AS tier_bids,
    COALESCE(q.rota_asks, ARRAY[q.rota_ask]) AS tier_asks,
    q.quoted_at AS quoted_since
FROM bank_quotes AS q
WHERE
    q.rota_bid > 0 AND q.withdrawn_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM bank_quotes AS n
        WHERE
            n.pair = q.pair AND n.bank_bic = q.bank_bic
            AND (n.quoted_at, n.quote_id) > (q.quoted_at, q.quote_id)
    );
