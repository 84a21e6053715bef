-- owner: accreditation
-- readers: window
-- Every level that was proposed or decided, in the order of its party's, for whoever compares it with
-- the log. One that another has replaced was in force: which one that is, the log says.
CREATE OR REPLACE VIEW v_credit_decisions AS
SELECT
    credit_id,
    party,
    level,
    label,
    grounds,
    author,
    facts,
    effective_from,
    effective_to,
    decided_at,
    state AS stands,
    CASE state WHEN 'REPLACED' THEN 'IN_FORCE' ELSE state END AS state
FROM credit_decisions;
