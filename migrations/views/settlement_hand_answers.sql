-- owner: settlement
-- readers: window
-- What a bank's persons entered in place of its system, and who confirmed it, if anybody.
CREATE OR REPLACE VIEW v_hand_answers AS
SELECT
    answer_id,
    bank_bic,
    CASE WHEN digest = sha256(body) THEN encode(digest, 'hex') END AS digest,
    by_file,
    entered_by,
    state,
    ARRAY[entered_by, ended_by] AS persons,
    replace(report_id::text, '-', '') AS report_id
FROM hand_answers;
CREATE OR REPLACE VIEW v_hand_answer_payments AS
SELECT
    instruction_id,
    'ans_' || replace(answer_id::text, '-', '') AS answer_id,
    waits
FROM hand_answer_payments;
