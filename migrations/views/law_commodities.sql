-- owner: law
-- readers: declaration, settlement, processing, window
-- Commodity codes with their names and the rule of substantial processing.
CREATE OR REPLACE VIEW v_commodities AS
SELECT hs_code, name_zh, name_en, perishable, processing_rule, processes
FROM commodities;
