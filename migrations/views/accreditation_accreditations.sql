-- owner: accreditation
-- readers: registry, accreditation, documents, window
-- Accreditations (AEO): where each stands, its clock and its certificate. told_version counts what
-- changed it without what one officer alone has written, of which the enterprise is not told.
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
    trades,
    extended,
    cycle,
    round,
    reporter,
    concurring,
    total,
    passed,
    certified_on,
    barred_until,
    suspended_on,
    pending,
    (
        SELECT c.version - (
            SELECT count(*) FROM events AS e
            WHERE e.case_id = a.aeo_id AND e.type IN (
                'OnSiteReported', 'OnSiteSentBack', 'AccreditationDecisionProposed',
                'AccreditationDecisionSentBack', 'AccreditationDecisionLapsed'
            )
        )
        FROM cases AS c WHERE c.case_id = a.aeo_id
    ) AS told_version
FROM accreditations AS a;
