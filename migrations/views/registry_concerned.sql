-- owner: registry
-- readers: notices
-- Changes of the register that take two, with whom each concerns; what is to be filed stays sealed.
CREATE OR REPLACE VIEW v_concerned AS
SELECT change_id, kind, state, confirm_from, concerns
FROM register_changes;
