-- owner: registry
-- readers: window
-- What takes two persons of the registrar's office, as the log says it; what is sealed, by its
-- digest.
CREATE OR REPLACE VIEW v_register_changes AS
SELECT
    change_id,
    kind,
    subject,
    encode(sha256(sealed), 'hex') AS content,
    state,
    filing,
    records
FROM register_changes;
CREATE OR REPLACE VIEW v_records_before AS
SELECT register, name
FROM records_before;
