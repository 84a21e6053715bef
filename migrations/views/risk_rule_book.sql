-- owner: risk
-- readers: window
-- How often the rules changed: by it whoever keeps them knows that they changed.
CREATE OR REPLACE VIEW v_rule_book AS
SELECT version
FROM rule_book;
