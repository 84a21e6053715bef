-- owner: documents
-- readers: window
-- The contents that documents and papers name, for whoever looks whether each is in the store as it was kept.
CREATE OR REPLACE VIEW v_document_files AS
SELECT
    f.digest,
    f.media_type,
    f.size,
    f.key_id
FROM document_files AS f
WHERE EXISTS (
    SELECT FROM documents AS d WHERE d.digest = f.digest
    UNION ALL SELECT FROM papers AS p WHERE p.digest = f.digest
);
