-- One booking: its accounts, opened in one order so that two never wait crosswise, its transaction
-- and its legs. An account that another booking opens meanwhile is seen by the statement after.
CREATE FUNCTION ledger_book(
    p_transaction uuid, p_kind text, p_instruction uuid, p_resolves uuid, p_at timestamptz,
    p_accounts uuid[], p_codes text[], p_currencies text[], p_layers text[], p_minors bigint[],
    p_purposes text[]
) RETURNS uuid
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_legs integer;
BEGIN
    INSERT INTO ledger_accounts (account_id, code, currency)
    SELECT account_id, code, currency
    FROM unnest(p_accounts, p_codes, p_currencies) AS a (account_id, code, currency)
    ORDER BY code, currency
    ON CONFLICT (code, currency) DO NOTHING;
    INSERT INTO ledger_transactions (
        transaction_id, kind, instruction_id, resolves, booked_at
    ) VALUES (p_transaction, p_kind, p_instruction, p_resolves, p_at);
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
