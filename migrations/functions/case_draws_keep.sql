-- Draws of one case of the caller's own under one seed, with everyone who could have been drawn;
-- none when the seed's day was closed in between. How many were kept.
CREATE FUNCTION case_draws_keep(
    p_case text, p_draw_no integer, p_seed uuid, p_subject text, p_draws jsonb
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_kept integer;
BEGIN
    IF NOT owns_kind(left(p_case, 3)) THEN
        RAISE EXCEPTION '% draws for no case like %', session_user, p_case
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO case_draws (case_id, draw_no, purpose, seed_id, subject, eligible, drawn, drawn_at)
    SELECT p_case, p_draw_no, d.purpose, s.seed_id, p_subject,
        ARRAY(SELECT jsonb_array_elements_text(d.eligible)),
        ARRAY(SELECT jsonb_array_elements_text(d.drawn)), clock_timestamp()
    FROM jsonb_to_recordset(p_draws) AS d (purpose text, eligible jsonb, drawn jsonb),
        draw_seeds AS s
    WHERE s.seed_id = p_seed AND s.closed_at IS NULL;
    GET DIAGNOSTICS v_kept = ROW_COUNT;
    RETURN v_kept;
END
$$
