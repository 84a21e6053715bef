-- owner: declaration
-- readers: window
-- What of residents' days is reserved and consumed, of which limit, for whoever compares it with the log or sums it up.
CREATE OR REPLACE VIEW v_quota_days AS
SELECT
    resident_id,
    business_on,
    reserved_minor,
    decimal_amount(reserved_minor, 'CNY') AS reserved,
    consumed_minor,
    decimal_amount(consumed_minor, 'CNY') AS consumed,
    tickets,
    limit_minor,
    decimal_amount(limit_minor, 'CNY') AS "limit"
FROM quota_days;
