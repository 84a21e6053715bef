-- owner: settlement
-- readers: window
-- Who of a bank's compliance signed for a held payment to be let go, in turn, and who refused it; what
-- has lapsed, because the payment was found to be held for more, is no signature any more.
CREATE OR REPLACE VIEW v_compliance_signatures AS
SELECT
    instruction_id,
    ARRAY_AGG(person ORDER BY signed_at, person) FILTER (WHERE act = 'release') AS released_by,
    MAX(person) FILTER (WHERE act = 'refuse') AS refused_by
FROM compliance_signatures
WHERE lapsed_at IS NULL
GROUP BY instruction_id;
