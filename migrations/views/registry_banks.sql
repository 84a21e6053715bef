-- owner: registry
-- readers: declaration, market, settlement, processing, documents, window
-- Banks with the public key of their signatures, their place in the rota, how they write times.
CREATE OR REPLACE VIEW v_banks AS
SELECT bic, name, public_key, rota_order, currencies, time_offsets, names_before
FROM banks;
