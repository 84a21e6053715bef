-- owner: gate
-- callers: gate, risk, inspection
-- Under which other plates the truck of a plate is on file, each as what it is of the truck: its own
-- plate of the trucks that have, or had, this one as their foreign plate, and the foreign plate that
-- a truck of this one was last declared with. Looked up from truck to truck by the folded plate,
-- however many trucks there are and however often each was declared. What one carrier says of the
-- own truck makes it no other carrier's.
CREATE FUNCTION truck_known_as(p_plate text)
RETURNS TABLE (plate text, part text)
LANGUAGE plpgsql STABLE ROWS 2 SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_folded text := reach_key(p_plate);
BEGIN
    RETURN QUERY
    WITH RECURSIVE trucks AS (
        (
            SELECT v.plate_key FROM vehicles AS v
            WHERE v.foreign_plate_folded = v_folded ORDER BY v.plate_key LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT v.plate_key FROM vehicles AS v
            WHERE v.foreign_plate_folded = v_folded AND v.plate_key > t.plate_key
            ORDER BY v.plate_key LIMIT 1
        )
        FROM trucks AS t WHERE t.plate_key IS NOT NULL
    ), others (plate, part, of, named) AS (
        SELECT t.plate_key, 'plate', t.plate_key, p_plate
        FROM trucks AS t WHERE t.plate_key IS NOT NULL
        UNION ALL
        (
            SELECT v.foreign_plate_folded, 'foreign_plate', p_plate, v.foreign_plate_folded
            FROM vehicles AS v WHERE v.plate_key = p_plate ORDER BY v.declared_at DESC LIMIT 1
        )
    )
    SELECT o.plate, o.part FROM others AS o
    CROSS JOIN LATERAL (
        SELECT v.carrier FROM vehicles AS v
        WHERE v.plate_key = o.of ORDER BY v.declared_at DESC LIMIT 1
    ) AS truck
    WHERE NOT EXISTS (
        SELECT FROM vehicles AS v
        WHERE v.plate_key = o.named AND v.carrier <> truck.carrier OFFSET 0
    );
END
$$
