-- An open seed for a port's day: where there is none, this one is committed to, and the commitment
-- said aloud in the name of who publishes seeds. Whoever draws may have to begin a day, of parallel
-- ones one does. No day is begun where there is no port, nor further ahead than tomorrow (Beijing):
-- whoever is broken into cannot foresee or spoil the days to come. It is dated when it is written, so that no draw seems older than its commitment.
CREATE FUNCTION draw_seed_commit(
    p_seed uuid, p_port text, p_day date, p_commitment bytea, p_sealed bytea, p_actor text
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_round integer;
    v_at timestamptz := clock_timestamp();
BEGIN
    IF NOT EXISTS (SELECT FROM v_ports WHERE port = p_port AND active)
        OR p_day > (now() AT TIME ZONE 'Asia/Shanghai')::date + 1 THEN
        RAISE EXCEPTION 'no day % to draw on at %', p_day, p_port
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO draw_seeds (
        seed_id, port, business_on, round, commitment, sealed, committed_at
    )
    SELECT p_seed, p_port, p_day, coalesce(max(round), 0) + 1, p_commitment, p_sealed, v_at
    FROM draw_seeds WHERE port = p_port AND business_on = p_day
    ON CONFLICT DO NOTHING
    RETURNING round INTO v_round;
    IF v_round IS NOT NULL THEN
        PERFORM append_event(
            p_seed, 'sed', 'DrawSeedCommitted', 'commit', p_actor,
            format(
                '{"business_on":%s,"commitment":%s,"port":%s,"round":%s}',
                to_json(p_day::text), to_json(encode(p_commitment, 'hex')), to_json(p_port), v_round
            ),
            v_at, NULL, (SELECT role FROM event_types WHERE type = 'DrawSeedCommitted')
        );
    END IF;
    RETURN v_round;
END
$$
