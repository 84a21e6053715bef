-- owner: registry
-- readers: declaration, market, settlement, processing, window
-- Banks with the public key of their signatures and their place in the rota.
CREATE OR REPLACE VIEW v_banks AS
SELECT bic, name, public_key, rota_order, currencies
FROM banks;
