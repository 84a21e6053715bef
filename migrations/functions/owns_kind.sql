-- Whether a kind of case is a role's own: what only its owner may do with such a case asks this.
CREATE FUNCTION owns_kind(p_kind text, p_role name DEFAULT session_user) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM case_kinds WHERE kind = p_kind AND pg_has_role(p_role, role, 'MEMBER')
    )
$$
