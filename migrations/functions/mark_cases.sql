CREATE FUNCTION mark_cases(
    p_marks jsonb, p_at timestamptz, p_role name DEFAULT session_user
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_mark jsonb;
    v_case uuid;
    v_kind text;
BEGIN
    FOR v_mark IN SELECT * FROM jsonb_array_elements(p_marks) LOOP
        v_case := (v_mark ->> 'case')::uuid;
        SELECT kind INTO v_kind FROM cases WHERE case_id = v_case;
        IF NOT owns_kind(v_kind, p_role) AND NOT EXISTS (
            SELECT FROM case_kinds, unnest(told_by) AS teller
            WHERE kind = v_kind AND pg_has_role(p_role, teller, 'MEMBER')
        ) THEN
            RAISE EXCEPTION '% marks no case of kind %', p_role, v_kind
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF v_mark ? 'drop' THEN
            DELETE FROM case_waits AS w USING jsonb_array_elements(v_mark -> 'drop') AS d
            WHERE w.case_id = v_case AND w.code = d ->> 0
                AND (d ->> 1 IS NULL OR w.desk = d ->> 1)
                AND NOT EXISTS (
                    SELECT FROM jsonb_array_elements(v_mark -> 'waits') AS n
                    WHERE n ->> 0 = w.code AND n ->> 1 = w.desk
                );
        END IF;
        IF v_mark ? 'waits' THEN
            INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)
            SELECT v_case, w ->> 0, w ->> 1, v_kind, p_at, (w ->> 2)::timestamptz
            FROM jsonb_array_elements(v_mark -> 'waits') AS w
            ON CONFLICT (case_id, code, desk) DO UPDATE SET due_at = excluded.due_at;
        END IF;
        IF v_mark ? 'links' THEN
            INSERT INTO case_links (case_id, linked_id)
            SELECT l.a, l.b FROM jsonb_array_elements_text(v_mark -> 'links') AS o (id),
                LATERAL (VALUES (v_case, o.id::uuid), (o.id::uuid, v_case)) AS l (a, b)
            ON CONFLICT DO NOTHING;
        END IF;
        IF v_mark ? 'readers' THEN
            UPDATE cases SET readers = ARRAY(
                SELECT DISTINCT r FROM unnest(
                    readers || ARRAY(SELECT jsonb_array_elements_text(v_mark -> 'readers'))
                ) AS r
            ) WHERE case_id = v_case;
        END IF;
    END LOOP;
END
$$
