-- A lot that was selected has ended unreleased, was released, or went back into inspection: until
-- when its goods' selection may be inherited stands beside it, whoever moved the lot. "infinity": it
-- waits yet; "-infinity": it was released, and is held against nobody.
CREATE FUNCTION selection_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE selections SET ended_at = CASE NEW.state
        WHEN 'RELEASED' THEN '-infinity' WHEN 'IN_INSPECTION' THEN 'infinity'
        ELSE coalesce(NEW.ended_at, now())
    END
    WHERE lot_id = NEW.lot_id;
    RETURN NULL;
END
$$
