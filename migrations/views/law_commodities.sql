-- owner: law
-- readers: declaration, settlement, processing, window
-- Commodity codes with their names, the rule of substantial processing, from when to when a
-- line says so: whoever judges by it asks for the day of the case.
CREATE OR REPLACE VIEW v_commodities AS
SELECT hs_code, name_zh, name_en, perishable, processing_rule, processes, effective_from, effective_to
FROM commodities;
