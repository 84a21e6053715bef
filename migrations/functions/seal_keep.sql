-- owner: platform
-- callers: relay
-- Keep a seal that was begun in this transaction: its root, the seal it follows, and its signature.
CREATE FUNCTION seal_keep(
    p_number bigint, p_at timestamptz, p_before bigint, p_cut_short boolean, p_root bytea,
    p_previous bytea, p_public_key bytea, p_signature bytea
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO seals (
        number, sealed_at, before_xid, cut_short, root, previous, public_key, signature
    ) VALUES (p_number, p_at, p_before, p_cut_short, p_root, p_previous, p_public_key, p_signature)
$$
