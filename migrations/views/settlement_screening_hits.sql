-- owner: settlement
-- readers: window
-- Which party of a payment was found on which list, and why that is a hit.
CREATE OR REPLACE VIEW v_screening_hits AS
SELECT
    instruction_id,
    role,
    list_name,
    reference,
    reason
FROM screening_hits;
