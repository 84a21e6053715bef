-- owner: registry
-- readers: notices
-- Whom a change of the register that takes two concerns; what is to be filed stays sealed.
CREATE OR REPLACE VIEW v_concerned AS
SELECT change_id, concerns
FROM register_changes;
