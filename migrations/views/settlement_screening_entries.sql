-- owner: settlement
-- readers: window
-- Of every entry of a screening list whose it is and since when, and whether it has ended, to be
-- compared with the log; what it stands for by a digest alone.
CREATE OR REPLACE VIEW v_screening_entries AS
SELECT
    entry_id,
    list_name,
    reference,
    kind,
    bank_bic,
    added_at,
    ending_at,
    ended_at,
    encode(sha256(convert_to(
        entry_id::text || encode(match_hash, 'hex') || coalesce((
            SELECT string_agg(encode(c.close_hash, 'hex'), '' ORDER BY c.close_hash)
            FROM screening_close_names AS c WHERE c.entry_id = e.entry_id
        ), ''), 'UTF8'
    )), 'hex') AS listed
FROM screening_entries AS e;
