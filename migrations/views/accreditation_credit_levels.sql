-- owner: accreditation
-- readers: registry, declaration, risk, settlement, processing, window
-- Credit levels decided by customs, with their history; whoever has no row is ORDINARY.
CREATE OR REPLACE VIEW v_credit_levels AS
SELECT
    party,
    CASE WHEN party LIKE 'enterprise:%' THEN substr(party, 12) END AS enterprise_code,
    level,
    label,
    state,
    effective_from,
    effective_to,
    decided_at
FROM credit_decisions
WHERE state IN ('IN_FORCE', 'REPLACED');
