-- owner: settlement
-- readers: window
-- How much of each lot's value is drawn, as it is kept and by its payments; for whoever compares them.
CREATE OR REPLACE VIEW v_drawdowns AS
SELECT
    d.lot_id,
    decimal_amount(d.released_minor, d.currency) AS released,
    decimal_amount(d.reserved_minor, d.currency) AS reserved,
    decimal_amount(d.paid_minor, d.currency) AS paid,
    decimal_amount(COALESCE(p.under_way_minor, 0), d.currency) AS under_way,
    decimal_amount(COALESCE(p.settled_minor, 0), d.currency) AS settled,
    l.value AS lot_value
FROM drawdowns AS d
LEFT JOIN v_lots AS l ON d.lot_id = l.lot_id
CROSS JOIN LATERAL (
    SELECT
        CAST(SUM(i.drawn_minor) FILTER (WHERE i.state <> 'SETTLED') AS bigint) AS under_way_minor,
        CAST(SUM(i.drawn_minor) FILTER (WHERE i.state = 'SETTLED') AS bigint) AS settled_minor
    FROM settlement_instructions AS i
    WHERE i.lot_id = d.lot_id
) AS p;
