-- owner: registry
-- readers: settlement
-- When two persons filed how parties are called, or whose an account is.
CREATE OR REPLACE VIEW v_names_filed AS
SELECT
    kind,
    decided_at
FROM register_changes
WHERE
    state = 'CONFIRMED'
    AND kind IN ('sellers', 'payer_accounts', 'groups', 'enterprises', 'banks');
