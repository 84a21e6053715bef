-- owner: secondmarket
-- readers: declaration, settlement, processing, window
-- What became of a sold lot: its buyer; and when the purchase became void, its goods ending inside.
CREATE OR REPLACE VIEW v_purchases AS
SELECT
    purchase_id,
    lot_id,
    order_id,
    enterprise_code,
    hs_code,
    net_kg,
    price_minor,
    decimal_amount(price_minor, currency) AS price,
    currency,
    bought_at,
    due_on,
    voided_at,
    hs_prefix
FROM purchases;
