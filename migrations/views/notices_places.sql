-- owner: notices
-- readers: window
-- How far the log was judged into notices, for whoever measures how far behind that is.
CREATE OR REPLACE VIEW v_notice_places AS
SELECT log, after_xid, after_number
FROM notice_places;
