-- owner: settlement
-- readers: window
-- Of every message to a bank which payment it is of, by the digest of what it says (of one that is
-- sealed, as it was kept) and by that of what is kept, which is no other message's where it is sealed,
-- since when its bank has it, when it was offered last, and whether it is withdrawn or closed; to be
-- compared with the log.
CREATE OR REPLACE VIEW v_bank_messages AS
SELECT
    message_id,
    instruction_id,
    bank_bic,
    CASE WHEN sealed OR digest = sha256(body) THEN encode(digest, 'hex') END AS digest,
    fetched_at,
    offered_at,
    withdrawn_at,
    closed_at,
    encode(sha256(body), 'hex') AS kept
FROM bank_messages;
