-- owner: declaration
-- readers: declaration, inspection, settlement, processing, window
-- Every lot with its clock and who holds it now.
CREATE OR REPLACE VIEW v_lots AS
SELECT
    lot_id,
    reference,
    reference_key,
    submitted_by,
    group_code,
    port,
    customs_office,
    direction,
    vehicle_plate,
    plate_key,
    foreign_plate,
    foreign_plate_key,
    manifest_no,
    manifest_key,
    origin,
    shipped_from,
    seller,
    seller_key,
    seller_bank_bic,
    hs_code,
    goods_name,
    perishable,
    purpose,
    net_kg,
    gross_kg,
    pieces,
    value_minor,
    decimal_amount(value_minor, currency) AS value,
    currency,
    ticket_count,
    entered_at,
    business_on,
    state,
    lane,
    order_id,
    submitted_at,
    clock_started_at,
    release_due_at,
    clock_ran_out_at,
    released_at,
    ended_at,
    (SELECT g.passed_at FROM gate_passes AS g WHERE g.lot_id = lots.lot_id) AS gate_out_at,
    CASE state
        WHEN 'SUBMITTED' THEN 'members'
        WHEN 'IDENTITY_OK' THEN 'window'
        WHEN 'IN_INSPECTION' THEN 'customs'
        WHEN 'RELEASED' THEN 'carrier'
        WHEN 'GATE_OUT' THEN 'seller'
        WHEN 'SOLD' THEN 'bank'
        WHEN 'SETTLED' THEN 'window'
        WHEN 'SEIZED' THEN 'customs'
        ELSE 'nobody'
    END AS holder
FROM lots;
