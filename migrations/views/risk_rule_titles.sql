-- owner: risk
-- readers: inspection
-- What the code of a rule means, in its newest approved words.
CREATE OR REPLACE VIEW v_rule_titles AS
SELECT DISTINCT ON (code)
    code,
    title,
    titles
FROM risk_rules
WHERE state = 'APPROVED'
ORDER BY code, effective_from DESC, decided_at DESC;
