-- owner: documents
-- readers: window
-- What lies with cases, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_documents AS
SELECT
    document_id,
    case_id,
    case_kind,
    kind,
    encode(digest, 'hex') AS digest,
    added_at,
    withdrawn_at
FROM documents;
