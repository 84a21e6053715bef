-- owner: settlement
-- readers: window
-- Every dispute with a bank: about which payment, since when, until when it is to be resolved.
CREATE OR REPLACE VIEW v_bank_disputes AS
SELECT
    dispute_id,
    instruction_id,
    bank_bic,
    disposition,
    opened_at,
    due_at,
    finding,
    resolved_at
FROM bank_disputes;
