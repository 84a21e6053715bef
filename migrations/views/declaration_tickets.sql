-- owner: declaration
-- readers: declaration, registry, risk, inspection, accreditation, documents, settlement, secondmarket, processing, notices, window
-- Every ticket: one resident's share of a lot.
CREATE OR REPLACE VIEW v_tickets AS
SELECT
    ticket_id,
    lot_id,
    line_no,
    resident_id,
    net_kg,
    value_minor,
    decimal_amount(value_minor, currency) AS value,
    currency,
    confirmed_at,
    refused_at
FROM tickets;
