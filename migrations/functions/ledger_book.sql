-- One booking for a case of the caller's own: its accounts, opened in one order so that two never
-- wait crosswise, its transaction and its legs. An account that another booking opens meanwhile is
-- seen by the statement after. A case that is new has no header yet; it gets one when the act
-- ends, or the booking does not stand.
CREATE FUNCTION ledger_book(
    p_transaction uuid, p_kind text, p_case uuid, p_case_kind text, p_resolves uuid,
    p_at timestamptz, p_accounts uuid[], p_codes text[], p_currencies text[], p_layers text[],
    p_minors bigint[], p_purposes text[]
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_legs integer;
BEGIN
    IF NOT owns_kind(p_case_kind) OR EXISTS (SELECT FROM cases WHERE case_id = p_case AND kind <> p_case_kind) THEN
        RAISE EXCEPTION '% books for no such case of kind %', session_user, p_case_kind
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO ledger_accounts (account_id, code, currency)
    SELECT account_id, code, currency
    FROM unnest(p_accounts, p_codes, p_currencies) AS a (account_id, code, currency)
    ORDER BY code, currency
    ON CONFLICT (code, currency) DO NOTHING;
    INSERT INTO ledger_transactions (
        transaction_id, kind, case_id, resolves, booked_at
    ) VALUES (p_transaction, p_kind, p_case, p_resolves, p_at);
    INSERT INTO ledger_postings (
        transaction_id, line_no, account_id, layer, amount_minor, currency, purpose
    )
    SELECT p_transaction, leg.line_no, a.account_id, leg.layer, leg.minor, leg.currency,
        leg.purpose
    FROM unnest(p_codes, p_currencies, p_layers, p_minors, p_purposes)
        WITH ORDINALITY AS leg (code, currency, layer, minor, purpose, line_no)
    JOIN ledger_accounts AS a USING (code, currency);
    GET DIAGNOSTICS v_legs = ROW_COUNT;
    IF v_legs = 0 OR v_legs <> cardinality(p_codes) THEN
        RAISE EXCEPTION 'ledger transaction % has % of its % legs', p_transaction, v_legs,
            cardinality(p_codes) USING ERRCODE = 'check_violation';
    END IF;
    RETURN p_transaction;
END $$
