-- owner: registry
-- callers: declaration
-- A passkey has agreed to something. Whoever keeps its answer calls this in the same transaction:
-- only one that is bound to this resident, and has been for as long as the law says, counts now, and its own count goes up, or stays at nothing
-- where the phone does not count. Any other is a race that was lost: it ended, or was used meanwhile.
CREATE FUNCTION passkey_used(
    p_passkey uuid, p_resident uuid, p_sign_count bigint, p_at timestamptz
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE passkeys SET sign_count = p_sign_count, used_at = p_at
    WHERE passkey_id = p_passkey AND resident_id = p_resident AND state = 'BOUND'
        AND coalesce(counts_from, bound_at) <= p_at
        AND (sign_count < p_sign_count OR (sign_count = 0 AND p_sign_count = 0));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'passkey % does not count, or not any more', p_passkey
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN p_passkey;
END
$$
