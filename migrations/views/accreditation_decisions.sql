-- owner: accreditation
-- readers: window
-- What officers decided on accreditations, and whether another one signed.
CREATE OR REPLACE VIEW v_accreditation_decisions AS
SELECT
    decision_id,
    aeo_id,
    cycle,
    kind,
    level,
    grounds,
    author,
    signer,
    agreed
FROM accreditation_decisions;
