-- owner: secondmarket
-- readers: declaration, window
-- What each ticket brought its resident; of a void purchase nothing.
CREATE OR REPLACE VIEW v_resident_incomes AS
SELECT
    i.ticket_id,
    i.resident_id,
    p.lot_id,
    i.proceeds_minor,
    i.cost_minor,
    i.proceeds_minor - i.cost_minor AS income_minor,
    decimal_amount(i.proceeds_minor, i.currency) AS proceeds,
    decimal_amount(i.cost_minor, i.currency) AS cost,
    decimal_amount(i.proceeds_minor - i.cost_minor, i.currency) AS income,
    i.currency,
    p.bought_at
FROM purchase_incomes AS i
INNER JOIN purchases AS p ON p.purchase_id = i.purchase_id
WHERE p.voided_at IS NULL;
