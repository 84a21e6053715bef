-- owner: risk
-- callers: secondmarket
-- Whether a control in force on a day is set on an enterprise: to it nothing is sold that has left,
-- for nobody can see it any more. Found by its key, however many controls there are.
CREATE FUNCTION buyer_kept_off(p_enterprise text, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM control_reach AS r JOIN risk_controls AS c ON c.control_id = r.control_id
        WHERE r.kind = 'party' AND r.key = reach_key('enterprise:' || p_enterprise)
            AND c.lifted_at IS NULL AND c.effective_from <= p_day
            AND (c.effective_to IS NULL OR p_day < c.effective_to)
    );
END
$$
