"""Everything that the judgement on a lot is founded on, read in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import plate_key
from services.kernel.credit_level import CreditLevel
from services.kernel.identifiers import show
from services.kernel.lanes import Lane
from services.kernel.money import Money
from services.platform.database import Row, Statements
from services.platform.draws.seeds import GUARD
from services.risk.domain.model import Control, Level, LotFacts, Selected, Through

# By what a lot is known again when it is declared anew: its truck, under every plate that it is on
# file with, its manifest, its heading with its seller or declarant; as it stands, and as it was
# before it was amended.
SAME_GOODS: Final = """ARRAY(
    SELECT DISTINCT k.key FROM v_lots_as_declared AS d, unnest(ARRAY[
        'truck:' || d.plate_key, 'truck:' || d.foreign_plate_key, 'manifest:' || d.manifest_key,
        'seller:' || left(d.hs_code, 4) || ':' || d.seller_key,
        'seller-code:' || left(d.hs_code, 4) || ':' || d.seller_code,
        'declarant:' || left(d.hs_code, 4) || ':' || d.submitted_by,
        'declarant:' || left(d.hs_code, 4) || ':group:' || d.group_code
    ]) AS k (key)
    WHERE d.lot_id = l.lot_id AND k.key IS NOT NULL
    UNION
    SELECT 'truck:' || t.plate FROM v_lots_as_declared AS d,
        unnest(ARRAY[d.plate_key, d.foreign_plate_key]) AS said (plate),
        truck_known_as(said.plate) AS t
    WHERE d.lot_id = l.lot_id AND t.part = 'plate'
)"""
# A lot is selected once by whatever knows it, as closely as anybody selected it: of two lanes that
# differ one is red.
OR_CLOSER: Final = (
    "ON CONFLICT (key, lot_id) DO UPDATE SET lane = 'RED' WHERE selections.lane <> excluded.lane"
)
# What counts of the selected that are known by a key: what has ended unreleased, and what still
# waits to be seen, confirmed or not, which holds its truck and manifest alone: others bring more of
# the same goods that day. Of each lane the few that count longest, so that nothing that counts is
# hidden by what does not, or not as long: if these have become too old, all have. They are the last
# of a range of an index, and no more is read, however much was selected by the key before.
_FEW: Final = 10
BEFORE: Final = f"""
    SELECT DISTINCT e.lot_id, e.lane, nullif(e.ended_at, 'infinity') AS ended_at
    FROM unnest(same.goods) AS k (key)
    CROSS JOIN unnest(ARRAY['YELLOW', 'RED']) AS of (lane)
    CROSS JOIN LATERAL (
        SELECT kept.lot_id, kept.lane, kept.ended_at FROM selections AS kept
        WHERE kept.key = k.key AND kept.lane = of.lane AND kept.ended_at > '-infinity'
            AND kept.ended_at <= CASE
                WHEN k.key ~ '^(truck|manifest):' THEN CAST('infinity' AS timestamptz)
                ELSE now() + interval '1 day'  -- whatever has ended
            END
            AND kept.lot_id <> l.lot_id
        ORDER BY kept.ended_at DESC, kept.lot_id DESC LIMIT {_FEW}
    ) AS e
"""
# Everything the judgement needs in one round trip, the lock on the port's draw day included.
_READ = text(
    f"""
    SELECT
        (SELECT version FROM v_policy_version) AS policy_version,
        (SELECT version FROM rule_book) AS book_version,
        l.state <> 'IDENTITY_OK' OR EXISTS (
            SELECT FROM screenings AS d WHERE d.lot_id = l.lot_id
        ) AS not_due,
        l.lot_id, l.group_code, l.port, l.business_on, l.customs_office, l.submitted_by,
        l.direction, l.hs_code, l.origin, l.shipped_from, l.perishable, l.net_kg, l.gross_kg,
        l.value_minor, l.currency, l.ticket_count, l.pieces, l.seller, l.seller_bank_bic,
        l.vehicle_plate, l.release_due_at, l.amended_at,
        CASE WHEN l.amended_at IS NOT NULL THEN (
            SELECT f.said FROM v_lots_first_said AS f WHERE f.lot_id = l.lot_id
        ) END AS first_said,
        ARRAY(
            SELECT to_jsonb(r) FROM lot_reached(
                l.lot_id,
                ARRAY[l.business_on, CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date)]
            ) AS r
            ORDER BY r.control_id, r.part
        ) AS reached,
        ARRAY(
            SELECT jsonb_build_object('lot_id', b.lot_id, 'lane', b.lane, 'ended_at', b.ended_at)
            FROM ({BEFORE}) AS b ORDER BY b.lot_id
        ) AS selected_before,
        same.goods AS same_goods,
        ARRAY(SELECT c.lane FROM call_ins AS c WHERE c.lot_id = l.lot_id) AS called_in,
        s.seed_id, s.sealed,
        CAST(pg_advisory_xact_lock_shared(GUARD) AS text) AS guarded,
        clock_timestamp() AS read_at
    FROM v_lots AS l
    CROSS JOIN LATERAL (SELECT {SAME_GOODS} AS goods OFFSET 0) AS same
    LEFT JOIN draw_seeds AS s
        ON s.port = l.port AND s.business_on = l.business_on AND s.closed_at IS NULL
    WHERE l.lot_id = :lot_id
    """.replace("GUARD", GUARD.format(port="l.port", day="l.business_on"))
)


async def lot_to_screen(tx: Statements, lot_id: UUID) -> Row | None:
    """A lot with the rules' version, its draw seed and whom control reaches in it; None of none."""
    row: Row | None = (await tx.execute(_READ, {"lot_id": lot_id})).one_or_none()
    return row


def controls_of(row: Row) -> tuple[Control, ...]:
    """The controls that reach a lot."""
    return tuple(
        Control(show("ctl", UUID(found["control_id"])), Lane(found["lane"]), _through(found))
        for found in row.reached
        if found["control_id"] is not None
    )


def levels_of(row: Row) -> tuple[Level, ...]:
    """The credit levels of whoever has a part in a lot."""
    return tuple(
        Level(CreditLevel(found["level"]), _through(found))
        for found in row.reached
        if found["level"] is not None
    )


def _through(found: dict[str, Any]) -> Through:
    return Through(found["part"], found["party"])


def selected_before(row: Row) -> tuple[Selected, ...]:
    """Earlier lots of the same goods that were selected and have not been released."""
    return tuple(
        Selected(
            lot_id=show("lot", UUID(earlier["lot_id"])),
            lane=Lane(earlier["lane"]),
            ended_at=earlier["ended_at"] and datetime.fromisoformat(earlier["ended_at"]),
        )
        for earlier in row.selected_before
    )


def first_said(row: Row) -> dict[str, Any]:
    """What an amended lot said first of what was amended, as facts."""
    said = row.first_said or {}
    was: dict[str, Any] = {
        f"{name}_g": int(Decimal(said[f"{name}_kg"]) * 1000)
        for name in ("net", "gross")
        if f"{name}_kg" in said
    }
    if "value" in said:
        was["value_minor"] = Money.parse(said["value"], row.currency).minor
    if "pieces" in said:
        was["pieces"] = int(said["pieces"])
    if "vehicle_plate" in said:
        was["vehicle_plate"] = plate_key(said["vehicle_plate"])
    return was


def lot_facts(row: Row, level: CreditLevel, *, first: Mapping[str, Any] | None = None) -> LotFacts:
    """A lot as the rules see it; ``first`` of what was amended."""
    return LotFacts(
        port=row.port,
        customs_office=row.customs_office,
        party=row.submitted_by,
        direction=row.direction,
        hs_code=row.hs_code,
        origin=row.origin,
        shipped_from=row.shipped_from,
        perishable=row.perishable,
        net_g=int(row.net_kg * 1000),
        gross_g=int(row.gross_kg * 1000),
        value_minor=row.value_minor,
        currency=row.currency,
        ticket_count=row.ticket_count,
        credit_level=level,
        pieces=row.pieces,
        seller=row.seller,
        seller_bank_bic=row.seller_bank_bic,
        vehicle_plate=row.vehicle_plate,
        amended=row.amended_at is not None,
        first=first or {},
    )
