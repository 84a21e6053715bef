-- owner: registry
-- readers: declaration, risk, inspection, accreditation, settlement, processing, documents, notices, window
-- Mutual-aid groups and co-operatives.
CREATE OR REPLACE VIEW v_groups AS
SELECT group_code, code_key, name, kind, port, leader_id, names_before
FROM groups;
