-- owner: platform
-- callers: relay
-- The next seal, when it is due: the heads of the cases in which something was recorded since the
-- seal before, each under a salt of its own. None when it is not due, when no policy says how often,
-- or while another seals. One seal takes so many events at most; what is left is due at once.
-- The caller keeps it (seal_keep) in the same transaction.
CREATE FUNCTION seal_begin(p_most integer)
RETURNS TABLE (
    seal_number bigint, seal_at timestamptz, seal_before bigint, seal_cut boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_today date := CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date);
    v_minutes integer;
    v_last seals;
    v_from xid8;
    v_before xid8;
    v_more xid8;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7210) THEN
        RETURN;
    END IF;
    SELECT CAST(value #>> '{}' AS integer) INTO v_minutes FROM policy_parameters
    WHERE key = 'platform.seal_minutes' AND scope = '' AND approved_at IS NOT NULL
        AND effective_from <= v_today AND (effective_to IS NULL OR v_today < effective_to);
    SELECT * INTO v_last FROM seals ORDER BY number DESC LIMIT 1;
    IF v_minutes IS NULL OR v_minutes < 1
        OR v_last.sealed_at > now() - make_interval(mins => v_minutes) AND NOT v_last.cut_short THEN
        RETURN;
    END IF;
    v_from := CAST(CAST(coalesce(v_last.before_xid, 0) AS text) AS xid8);
    -- Whatever a transaction before this one recorded is there to be seen by the next statement.
    v_before := greatest(pg_snapshot_xmin(pg_current_snapshot()), v_from);
    SELECT e.xid INTO v_more FROM events AS e
    WHERE e.xid >= v_from AND e.xid < v_before ORDER BY e.xid, e.position OFFSET p_most LIMIT 1;
    IF v_more > v_from THEN
        v_before := v_more;
    END IF;
    seal_number := coalesce(v_last.number, 0) + 1;
    seal_at := clock_timestamp();
    seal_before := CAST(CAST(v_before AS text) AS bigint);
    seal_cut := coalesce(v_more > v_from, false);
    INSERT INTO sealed_heads (number, case_id, seq, hash, salt)
    SELECT seal_number, c.case_id, c.seq, c.head, uuid_send(gen_random_uuid()) FROM cases AS c
    WHERE c.case_id IN (
        SELECT e.case_id FROM events AS e WHERE e.xid >= v_from AND e.xid < v_before
    );
    RETURN NEXT;
END
$$
