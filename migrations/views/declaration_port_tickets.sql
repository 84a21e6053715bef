-- owner: declaration
-- readers: window
-- Residents' tickets of a day at a port, for whoever compares them with the lots of that day.
CREATE OR REPLACE VIEW v_port_tickets AS
SELECT
    resident_id,
    business_on,
    port,
    tickets
FROM port_tickets;
