-- owner: risk
-- readers: declaration, inspection, window
-- What screening decided for a lot: final, once it is there.
CREATE OR REPLACE VIEW v_screenings AS
SELECT
    lot_id,
    lane,
    order_id,
    reasons,
    through,
    credit_level,
    draw_value,
    rate,
    rule_book_version,
    policy_version,
    screened_at
FROM screenings;
