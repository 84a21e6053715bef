-- owner: registry
-- readers: window
-- What takes two persons of the registrar's office, as the log says it; what is sealed, by its
-- digest, and so is whom it concerns.
CREATE OR REPLACE VIEW v_register_changes AS
SELECT
    change_id,
    kind,
    subject,
    encode(sha256(sealed), 'hex') AS content,
    encode(sha256(convert_to(
        array_to_string(ARRAY['imp_' || replace(change_id::text, '-', '')] || concerns, E'\n'), 'UTF8'
    )), 'hex') AS concerned,
    confirm_from,
    state,
    decided_at,
    filing,
    records
FROM register_changes;
CREATE OR REPLACE VIEW v_bank_key_proposals AS
SELECT
    key_id,
    state,
    confirm_from,
    bic
FROM bank_keys;
CREATE OR REPLACE VIEW v_records_before AS
SELECT register, name
FROM records_before;
