-- owner: law
-- readers: registry, declaration, inspection, settlement, processing, window
-- Countries whose goods may come in at a port, dated.
CREATE OR REPLACE VIEW v_port_origins AS
SELECT port, country, effective_from, effective_to, authority
FROM port_origins;
