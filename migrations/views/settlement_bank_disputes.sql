-- owner: settlement
-- readers: window
-- Every dispute with a bank: about which payment, since when, until when it is to be resolved; and with
-- which value date money came back.
CREATE OR REPLACE VIEW v_bank_disputes AS
SELECT
    dispute_id,
    instruction_id,
    bank_bic,
    disposition,
    opened_at,
    due_at,
    finding,
    signed_by,
    resolved_at,
    returned_on
FROM bank_disputes;
