-- owner: notices
-- readers: window
-- What waits to leave by a channel, and what was given up within a day: without contacts, for whoever measures.
CREATE OR REPLACE VIEW v_notice_deliveries_waiting AS
SELECT channel, state, due_at, queued_at, ended_at
FROM notice_deliveries
WHERE state IN ('QUEUED', 'FAILED')
UNION ALL
SELECT channel, state, due_at, queued_at, ended_at
FROM notice_deliveries
WHERE state = 'GIVEN_UP' AND ended_at > now() - interval '1 day';
