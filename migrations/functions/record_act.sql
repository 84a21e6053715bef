-- The end of every act and step, in one statement: its events with what they leave on the headers
-- of their cases, whom they concern, and the answer.
-- Each told case is told by the event before it; p_told_by is that event's number in p_cases.
-- p_actors says of an event who acted where the log keeps more of him than of the others: the
-- version that he read stands on the events of the case that he read, and on no other's.
CREATE FUNCTION record_act(
    p_actor text, p_at timestamptz,
    p_cases uuid[], p_kinds text[], p_types text[], p_steps text[], p_bodies text[],
    p_told text[], p_told_by integer[], p_opens boolean[], p_attributes text[],
    p_receipt bytea, p_fingerprint text, p_status integer, p_answer text,
    p_headers text[] DEFAULT NULL, p_marks text DEFAULT NULL, p_actors text[] DEFAULT NULL
) RETURNS integer[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_seqs integer[] := '{}';
    v_kind text;
BEGIN
    FOR i IN 1..cardinality(p_cases) LOOP
        v_seqs := v_seqs || append_event(
            p_cases[i], p_kinds[i], p_types[i], p_steps[i], coalesce(p_actors[i], p_actor),
            p_bodies[i], p_at, p_headers[i]::jsonb
        );
    END LOOP;
    IF p_marks IS NOT NULL THEN
        PERFORM mark_cases(p_marks::jsonb, p_at);
    END IF;
    FOR i IN 1..cardinality(p_told) LOOP
        v_kind := left(p_told[i], 3);
        IF NOT EXISTS (
            SELECT FROM case_kinds, unnest(told_by) AS teller
            WHERE kind = v_kind AND pg_has_role(session_user, teller, 'MEMBER')
        ) THEN
            RAISE EXCEPTION '% tells no case of kind %', session_user, v_kind
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        INSERT INTO outbox (told, opens, source, place, attributes)
        VALUES (
            p_told[i], p_opens[i],
            p_kinds[p_told_by[i]] || '_' || replace(p_cases[p_told_by[i]]::text, '-', ''),
            v_seqs[p_told_by[i]], p_attributes[i]
        );
    END LOOP;
    IF p_receipt IS NOT NULL THEN
        PERFORM keep_answer(p_receipt, p_fingerprint, p_status, p_answer);
    END IF;
    RETURN v_seqs;
END
$$
