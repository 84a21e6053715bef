-- owner: risk
-- readers: window
-- Of each draw of a case who could be drawn and who was, to be compared with what its case says.
CREATE OR REPLACE VIEW v_case_draws AS
SELECT case_id, draw_no, purpose, seed_id, eligible, drawn
FROM case_draws;
