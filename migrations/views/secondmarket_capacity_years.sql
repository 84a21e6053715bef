-- owner: secondmarket
-- readers: window
-- How much of its filed yearly capacity a factory has bought.
CREATE OR REPLACE VIEW v_capacity_years AS
SELECT
    enterprise_code,
    hs_prefix,
    year,
    bought_kg
FROM capacity_years;
