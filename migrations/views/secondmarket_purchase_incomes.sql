-- owner: secondmarket
-- readers: window
-- What each ticket of a lot that was sold brought, and what it was declared at.
CREATE OR REPLACE VIEW v_purchase_incomes AS
SELECT
    p.lot_id,
    i.ticket_id,
    i.resident_id,
    i.net_kg,
    i.proceeds_minor,
    decimal_amount(i.proceeds_minor, i.currency) AS proceeds,
    i.cost_minor,
    decimal_amount(i.cost_minor, i.currency) AS cost,
    i.currency
FROM purchase_incomes AS i
INNER JOIN purchases AS p ON i.purchase_id = p.purchase_id;
