-- owner: settlement
-- readers: window
-- Who was advised of what of a payment.
CREATE OR REPLACE VIEW v_settlement_advices AS
SELECT
    instruction_id,
    party,
    kind,
    amount_minor,
    decimal_amount(amount_minor, currency) AS amount,
    currency
FROM settlement_advices;
