-- owner: law
-- readers: declaration, settlement, processing, window
-- Goods without exemption and prohibited goods, by HS prefix, dated.
CREATE OR REPLACE VIEW v_goods_restrictions AS
SELECT kind, hs_prefix, effective_from, effective_to, authority, sample
FROM goods_restrictions;
