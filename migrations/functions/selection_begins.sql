-- A lot may end while it is screened: what ended before its goods were found to be selected counts
-- from its end. In the lot's turn, so that whoever ends it comes before or after, and sees it then.
CREATE FUNCTION selection_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ended timestamptz;
BEGIN
    PERFORM lock_case(NEW.lot_id, NEW.lot_id);
    SELECT coalesce(ended_at, now()) INTO v_ended FROM lots
    WHERE lot_id = NEW.lot_id AND state IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED');
    NEW.ended_at := coalesce(v_ended, NEW.ended_at);
    RETURN NEW;
END
$$
