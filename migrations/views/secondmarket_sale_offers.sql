-- owner: secondmarket
-- readers: registry, window
-- What residents agreed to sell at which price, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_sale_offers AS
SELECT
    lot_id,
    order_id,
    unit_price,
    offered_by
FROM sale_offers;
