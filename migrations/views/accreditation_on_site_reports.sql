-- owner: accreditation
-- readers: window
-- What examiners reported on site, and whether the other one agreed: each round of each examination.
CREATE OR REPLACE VIEW v_on_site_reports AS
SELECT
    aeo_id,
    cycle,
    round,
    author,
    marks,
    total,
    passed,
    failures,
    opinion,
    signer,
    agreed
FROM on_site_reports;
