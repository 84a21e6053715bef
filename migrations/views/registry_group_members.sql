-- owner: registry
-- readers: risk
-- Who was a member of which group, from (inclusive) to (exclusive), whatever mandates there are.
CREATE OR REPLACE VIEW v_group_members AS
SELECT group_code, resident_id, joined_on, left_on
FROM memberships;
