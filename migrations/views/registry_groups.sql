-- owner: registry
-- readers: declaration, accreditation, settlement, processing, documents, window
-- Mutual-aid groups and co-operatives.
CREATE OR REPLACE VIEW v_groups AS
SELECT group_code, code_key, name, kind, port, leader_id
FROM groups;
