-- owner: market
-- readers: window
-- Of every day without duty that a bank announced, entered by hand or took back, where it stands;
-- to be compared with the log.
CREATE OR REPLACE VIEW v_rota_absences AS
SELECT
    absence_id,
    bank_bic,
    absent_on,
    state
FROM bank_absences;
