-- A refusal and, with it, the note on its case: where the case is the role's own or one that its
-- owner lets it note on, is the actor's to see, and takes one more. The case is locked before the answer is kept, in the order of every act.
-- A repetition under the same key undoes its note with itself; so does one that comes after answers
-- were forgotten, by the step. A case on which another act is at work is not noted on: nobody waits
-- for a note. The same by the same person within ten minutes is noted once, twenty
-- by a person and a hundred by all in a day: nobody fills a log by asking.
CREATE FUNCTION keep_refusal(
    p_receipt bytea, p_fingerprint text, p_status integer, p_answer text,
    p_case uuid, p_kind text, p_type text, p_actor text, p_body text, p_at timestamptz,
    p_readers text[], p_resident uuid
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_step text := 'refused:' || encode(p_receipt, 'hex');
    v_lately integer;
    v_own integer;
    v_all integer;
    v_seq integer;
BEGIN
    PERFORM FROM cases AS c JOIN case_kinds AS k USING (kind)
    WHERE c.case_id = p_case AND c.kind = p_kind
        AND (
            pg_has_role(session_user, k.role, 'MEMBER') OR EXISTS (
                SELECT FROM unnest(k.noted_by) AS other
                WHERE pg_has_role(session_user, other, 'MEMBER')
            )
        )
        AND (
            c.readers && p_readers OR p_resident IS NOT NULL AND EXISTS (
                SELECT FROM v_tickets AS t
                WHERE t.lot_id = c.lot_id AND t.resident_id = p_resident
            )
        )
    FOR UPDATE OF c SKIP LOCKED;
    IF FOUND AND NOT EXISTS (
        SELECT FROM events WHERE case_id = p_case AND step = v_step
    ) THEN
        SELECT
            count(*) FILTER (
                WHERE own AND body::jsonb -> 'code' = p_body::jsonb -> 'code'
                    AND body::jsonb -> 'act' = p_body::jsonb -> 'act'
                    AND occurred_at > p_at - interval '10 minutes'
            ), count(*) FILTER (WHERE own), count(*)
        INTO v_lately, v_own, v_all
        FROM (
            SELECT body, occurred_at,
                actor::jsonb - 'receipt' = p_actor::jsonb - 'receipt' AS own
            FROM events
            WHERE case_id = p_case AND type = p_type AND occurred_at > p_at - interval '1 day'
        ) AS noted;
        IF v_lately = 0 AND v_own < 20 AND v_all < 100 THEN
            v_seq := append_event(
                p_case, p_kind, p_type, v_step, p_actor, p_body, p_at, p_noted => true
            );
        END IF;
    END IF;
    PERFORM keep_answer(p_receipt, p_fingerprint, p_status, p_answer);
    RETURN v_seq;
END
$$
