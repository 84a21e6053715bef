-- owner: declaration
-- readers: window, gate, risk, secondmarket, settlement
-- Reports that a use of a name was not its bearer's own: on which lot, where they stand, and of what was found a digest.
CREATE OR REPLACE VIEW v_name_reports AS
SELECT
    report_id,
    lot_id,
    resident_id,
    state,
    reported_at,
    due_at,
    encode(sha256(convert_to(
        'nmr_' || replace(report_id::text, '-', '') || E'\n' || found, 'UTF8'
    )), 'hex') AS found,
    quota_back,
    decided_at
FROM name_reports;
