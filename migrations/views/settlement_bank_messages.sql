-- owner: settlement
-- readers: window
-- Of every message to a bank which payment it is of, by the digest of what it says, and since when
-- its bank has it; to be compared with the log.
CREATE OR REPLACE VIEW v_bank_messages AS
SELECT
    message_id,
    instruction_id,
    bank_bic,
    encode(digest, 'hex') AS digest,
    fetched_at
FROM bank_messages;
