-- owner: market
-- readers: market, settlement
-- Days on which a bank does not do its duty of the rota.
CREATE OR REPLACE VIEW v_bank_absences AS
SELECT bank_bic, absent_on
FROM bank_absences
WHERE state IN ('STANDING', 'ENDING');
