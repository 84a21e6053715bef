"""Judgements on lots as officers look at them: why, by what each rule saw, and the draw."""

from __future__ import annotations

from uuid import UUID

from services.platform.database import Row, Statements
from services.platform.filtered import Filtered

# Each with the wording of the rules that chose the lot and with what the controls that reached it
# were set on, by their ids as the reasons have them.
_JUDGEMENT = Filtered(
    """
    SELECT s.*,
        (
            SELECT jsonb_object_agg(
                'rul_' || replace(CAST(r.rule_id AS text), '-', ''),
                jsonb_build_object('title', r.title, 'titles', r.titles, 'lane', r.lane,
                    'expression', r.expression)
            )
            FROM jsonb_array_elements(coalesce(s.seen, '[]')) AS k (one)
            JOIN risk_rules AS r
                ON r.rule_id = CAST(substr(k.one ->> 'rule_id', 5) AS uuid)
        ) AS rules,
        (
            SELECT jsonb_object_agg(
                'CONTROL_HIT:ctl_' || replace(CAST(c.control_id AS text), '-', ''),
                jsonb_build_object('kind', c.kind, 'value', c.value, 'grounds', c.grounds)
            )
            FROM unnest(s.reasons) AS k (reason)
            JOIN risk_controls AS c ON c.control_id = CAST(substr(k.reason, 17) AS uuid)
            WHERE k.reason LIKE 'CONTROL_HIT:%'
        ) AS controls,
        ARRAY(
            SELECT jsonb_build_object('lane', c.lane, 'grounds', c.grounds,
                'called_by', c.called_by, 'called_at', c.called_at,
                'order_id', 'ins_' || replace(CAST(c.order_id AS text), '-', ''))
            FROM call_ins AS c WHERE c.lot_id = s.lot_id ORDER BY c.called_at, c.call_in_id
        ) AS called_in
    FROM screenings AS s
    WHERE s.lot_id = :lot_id AND ASKED(s.port = :port)
    """
)


async def judgement_get(tx: Statements, lot_id: UUID, *, port: str | None) -> Row | None:
    """The judgement on a lot, of a port where one is given; None where there is none."""
    row: Row | None = (await tx.execute(_JUDGEMENT, {"lot_id": lot_id, "port": port})).one_or_none()
    return row
