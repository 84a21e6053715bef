-- owner: accreditation
-- readers: registry, documents, window
-- Accreditations (AEO): where each stands, its clock and its certificate.
CREATE OR REPLACE VIEW v_accreditations AS
SELECT
    aeo_id,
    enterprise_code,
    reference,
    port,
    level,
    state,
    applied_at,
    accepted_on,
    due_on,
    overdue_at,
    certificate,
    review_due_on,
    ended_on,
    examiners,
    certified_on,
    barred_until,
    suspended_on
FROM accreditations;
