-- owner: registry
-- readers: registry, law, declaration, gate, risk, settlement, processing, documents, window
-- Ports and border markets.
CREATE OR REPLACE VIEW v_ports AS
SELECT port, name_zh, name_en, customs_office, active
FROM ports;
