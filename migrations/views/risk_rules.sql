-- owner: risk
-- readers: window
-- Rules as they were worded and decided, for whoever compares them with the log.
CREATE OR REPLACE VIEW v_risk_rules AS
SELECT
    rule_id,
    code,
    lane,
    expression,
    effective_from,
    effective_to,
    state,
    retires_on,
    retired_by IS NOT NULL AS retired
FROM risk_rules;
