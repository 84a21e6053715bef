-- owner: risk
-- callers: gate, secondmarket
-- Whether a released lot may not leave yet: a control, a credit level or a prohibition reaches it as
-- of now, or an officer has called it in, and no inspection has answered that (lot_wanted).
CREATE FUNCTION lot_kept_in(p_lot uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM lot_wanted(p_lot, p_day) AS w WHERE NOT w.answered);
END
$$
