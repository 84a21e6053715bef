-- owner: inspection
-- readers: window
-- Findings of every round with who signed them, for whoever compares them with the log.
CREATE OR REPLACE VIEW v_findings AS
SELECT order_id, round, author, method, results, disposal, found_kg, signer, agreed, recorded_at
FROM findings;
