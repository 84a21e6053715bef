-- owner: risk
-- readers: declaration, window
-- Controls (布控), lifted ones included: which kind of fact sends a lot to a person, from when to when.
CREATE OR REPLACE VIEW v_risk_controls AS
SELECT
    control_id,
    kind,
    value,
    lane,
    effective_from,
    effective_to,
    lifted_at,
    set_at
FROM risk_controls;
