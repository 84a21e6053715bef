-- owner: settlement
-- readers: window
-- What is reported of a payment that was made.
CREATE OR REPLACE VIEW v_payment_reports AS
SELECT
    instruction_id,
    kind,
    bop_code,
    purpose_code,
    paid_minor,
    decimal_amount(paid_minor, currency) AS paid,
    currency,
    counter_country,
    value_on,
    due_on
FROM payment_reports;
