-- owner: declaration
-- readers: window
-- What of residents' days is reserved and consumed, for whoever compares it with the log.
CREATE OR REPLACE VIEW v_quota_days AS
SELECT
    resident_id,
    business_on,
    reserved_minor,
    decimal_amount(reserved_minor, 'CNY') AS reserved,
    consumed_minor,
    decimal_amount(consumed_minor, 'CNY') AS consumed,
    tickets
FROM quota_days;
