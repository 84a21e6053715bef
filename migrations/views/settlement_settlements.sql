-- owner: settlement
-- readers: registry, declaration, settlement, processing, documents, window
-- Every settlement instruction: which lot it pays, where it stands, what has been settled and has not
-- come back since.
CREATE OR REPLACE VIEW v_settlements AS
SELECT
    instruction_id,
    client_reference,
    lot_id,
    instructed_by,
    buyer,
    seller_code,
    bank_bic,
    amount_minor,
    decimal_amount(amount_minor, currency) AS amount,
    currency,
    paid_minor,
    decimal_amount(paid_minor, paid_currency) AS paid,
    paid_currency,
    state,
    CASE WHEN state = 'SETTLED' AND returned_at IS NULL THEN amount_minor ELSE 0 END AS settled_minor,
    decimal_amount(
        CASE WHEN state = 'SETTLED' AND returned_at IS NULL THEN amount_minor ELSE 0 END, currency
    ) AS settled,
    held_for,
    requested_at,
    offered_at,
    escalated_at,
    ended_at,
    hold_told_at,
    untold,
    returned_at,
    returned_on,
    drawn_minor <> 0 AS draws_on_its_lot
FROM settlement_instructions;
