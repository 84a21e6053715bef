"""Screening of a lot: its lane and draw recorded on the lot's own chain, its order opened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.credit_level import CreditLevel
from services.kernel.identifiers import new_id, new_uuid, show, uuid_of
from services.kernel.lanes import Lane
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.rules.draw import Purpose, draw_value
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.seeds import GUARD, SeedKeeper, SeedMissing
from services.platform.event_log import actor_to_keep
from services.risk.commands.rules import RuleBookCache
from services.risk.domain.events import LotScreened
from services.risk.domain.model import LotFacts, Screening, Selected
from services.risk.domain.rules.inspection_rate import inspection_rate
from services.risk.domain.rules.screening import is_inherited, method_ordered, rules_of, screen

STEP: Final = "screen"

# By what a lot is known again when it is declared anew: its truck, its manifest, its heading with
# its seller or declarant.
SAME_GOODS: Final = """array_remove(ARRAY[
    'truck:' || l.plate_key, 'truck:' || l.foreign_plate_key, 'manifest:' || l.manifest_key,
    'seller:' || left(l.hs_code, 4) || ':' || l.seller_key,
    'declarant:' || left(l.hs_code, 4) || ':' || l.submitted_by,
    'declarant:' || left(l.hs_code, 4) || ':group:' || l.group_code
], NULL)"""
# Of the newest that were selected, those that have not been released. While one is still inspected
# it holds its truck and manifest alone: others bring more of the same goods that day.
_NEWEST: Final = 50
_BEFORE: Final = f"""
    SELECT DISTINCT e.lot_id, e.lane, e.ended_at
    FROM unnest({SAME_GOODS}) AS k (key)
    CROSS JOIN LATERAL (
        SELECT kept.lot_id, kept.lane, kept.key FROM selections AS kept
        WHERE kept.key = k.key ORDER BY kept.lot_id DESC LIMIT {_NEWEST}
    ) AS same
    JOIN LATERAL (
        SELECT o.lot_id, same.lane, o.ended_at FROM v_lots AS o
        WHERE o.lot_id = same.lot_id AND o.lot_id <> l.lot_id AND (
            o.state IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')
            OR o.state = 'IN_INSPECTION' AND same.key ~ '^(truck|manifest):'
        )
    ) AS e ON true
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
        l.vehicle_plate, l.foreign_plate, l.release_due_at,
        ARRAY(
            SELECT unnest(ARRAY[s.seller_code, s.name]) FROM v_sellers AS s
            WHERE s.name_key = l.seller_key OR s.code_key = l.seller_key
        ) AS sellers,
        ARRAY(
            SELECT c.value FROM risk_controls AS c
            WHERE c.kind = 'party' AND c.lifted_at IS NULL AND c.resident_id IS NOT NULL
                AND EXISTS (
                    SELECT FROM v_tickets AS t
                    WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid))
                        AND t.resident_id = c.resident_id
                )
        ) AS residents,
        ARRAY(
            SELECT jsonb_build_object('lot_id', b.lot_id, 'lane', b.lane, 'ended_at', b.ended_at)
            FROM ({_BEFORE}) AS b ORDER BY b.lot_id
        ) AS selected_before,
        {SAME_GOODS} AS same_goods,
        coalesce(c.level, 'ORDINARY') AS credit_level,
        s.seed_id, s.sealed,
        CAST(pg_advisory_xact_lock_shared(GUARD) AS text) AS guarded,
        clock_timestamp() AS read_at
    FROM v_lots AS l
    LEFT JOIN v_credit_levels AS c ON c.party = l.submitted_by AND c.state = 'IN_FORCE'
    LEFT JOIN draw_seeds AS s
        ON s.port = l.port AND s.business_on = l.business_on AND s.closed_at IS NULL
    WHERE l.lot_id = :lot_id
    """.replace("GUARD", GUARD.format(port="l.port", day="l.business_on"))
)
# Writes nothing when the day was closed in between. The order that is asked for is inspection's to
# open: with the judgement, or neither is.
_WRITE = text(
    """
    WITH written AS (
        INSERT INTO screenings (screening_id, lot_id, port, business_on, lane, reasons, seed_id,
            draw_value, rate, selected, perishable, credit_level, rule_book_version,
            policy_version, order_id, screened_at)
        SELECT CAST(:screening_id AS uuid), CAST(:lot_id AS uuid), CAST(:port AS text),
            CAST(:business_on AS date), CAST(:lane AS text), CAST(:reasons AS text[]), seed_id,
            CAST(:draw_value AS numeric), CAST(:rate AS numeric), CAST(:selected AS boolean),
            CAST(:perishable AS boolean), CAST(:credit_level AS text),
            CAST(:rule_book_version AS integer), CAST(:policy_version AS bigint),
            CAST(:order_id AS uuid), CAST(:at AS timestamptz)
        FROM draw_seeds WHERE seed_id = :seed_id AND closed_at IS NULL
        RETURNING *
    ), selected AS (
        INSERT INTO selections (key, lot_id, lane)
        SELECT k.key, lot_id, lane FROM written, unnest(CAST(:same_goods AS text[])) AS k (key)
        WHERE lane <> 'GREEN'
    )
    SELECT CASE WHEN order_id IS NOT NULL THEN
        inspection_order_open(
            order_id, lot_id, CAST(:method AS text), CAST(:actor AS text), screened_at
        )
    END FROM written
    """
)


@dataclass(frozen=True, slots=True)
class Screener:
    """What screening keeps between lots: the rules by version and the opened seeds."""

    books: RuleBookCache
    seeds: SeedKeeper


@dataclass(frozen=True, slots=True)
class _Judgement:
    screening: Screening
    value: Decimal
    rate: Decimal | None
    book_version: int


async def lot_screen(act: Act, screener: Screener, lot_id: str) -> None:
    """Decide the lane of a confirmed lot, once; any but green opens its order.

    A lot that is not confirmed yet, was screened before or has ended is left as it is. The
    judgement is dated by the database's clock after the seed was read, so that no draw of whatever
    process seems older than the commitment to its seed.

    Raises SeedMissing when the port's day has no open draw seed yet.
    """
    row = (await act.execute(_READ, lot_id=uuid_of(lot_id, "lot"))).one_or_none()
    if row is None or row.not_due:
        return
    if row.seed_id is None:
        raise SeedMissing(row.port, row.business_on)
    act.at, act.policy_version = row.read_at, row.policy_version
    seed = screener.seeds.opened(row.seed_id, row.sealed)
    judgement = await _judge(act, screener, seed, lot_id, row)
    found = judgement.screening
    order_id = None if found.lane is Lane.GREEN else new_id("ins")
    screening_id = new_uuid()
    written = await act.execute(_WRITE, **_values(act, row, judgement, screening_id, order_id))
    if written.first() is None:
        raise SeedMissing(row.port, row.business_on)
    act.record(lot_id, _screened(row, judgement, screening_id, order_id), step=STEP)
    if order_id is not None:
        act.recorded_beside(told=True)


async def _judge(act: Act, screener: Screener, seed: bytes, lot_id: str, row: Row) -> _Judgement:
    book = await screener.books.at_version(act, row.book_version)
    policy = await act.law()
    facts = lot_facts(row)
    value = draw_value(seed, Purpose.GOODS, lot_id)
    day = row.business_on
    rate = _rate(policy, facts, row)
    found = screen(
        facts,
        book.rules.on(day),
        book.controls_on(day),
        value=value,
        rate=rate,
        before=_inherited(policy, row),
    )
    return _Judgement(found, value, rate, book.version)


def _rate(policy: PolicyBook, facts: LotFacts, row: Row) -> Decimal | None:
    """The rate in force; None when the law is silent, and then the goods are inspected."""
    try:
        return inspection_rate(facts.credit_level, policy, on=row.business_on, port=row.port)
    except Refused:
        return None


def _inherited(policy: PolicyBook, row: Row) -> list[Selected]:
    """Earlier selections that the lot inherits by today's law; all of them when it is silent."""
    days: int | None = None
    today = business_day(row.read_at)
    with suppress(Refused):
        days = policy.integer("inspection.selection_inherited_days", on=today, scope=row.port)
    before = [_selected(earlier) for earlier in row.selected_before]
    return [earlier for earlier in before if is_inherited(earlier, at=row.read_at, days=days)]


def _selected(earlier: dict[str, str | None]) -> Selected:
    ended_at = earlier["ended_at"]
    return Selected(
        lot_id=show("lot", UUID(earlier["lot_id"])),
        lane=Lane(str(earlier["lane"])),
        ended_at=None if ended_at is None else datetime.fromisoformat(ended_at),
    )


def lot_facts(row: Row) -> LotFacts:
    """A lot as the rules see it."""
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
        credit_level=CreditLevel(row.credit_level),
        pieces=row.pieces,
        seller=row.seller,
        seller_bank_bic=row.seller_bank_bic,
        vehicle_plate=row.vehicle_plate,
        foreign_plate=row.foreign_plate,
        other_parties=frozenset(row.residents) | _group(row),
        other_sellers=frozenset(row.sellers),
    )


def _group(row: Row) -> frozenset[str]:
    return frozenset() if row.group_code is None else frozenset({f"group:{row.group_code}"})


def _screened(
    row: Row, judgement: _Judgement, screening_id: UUID, order_id: str | None
) -> LotScreened:
    return LotScreened(
        screening_id=show("scr", screening_id),
        lane=judgement.screening.lane.value,
        reasons=judgement.screening.reasons,
        draw_value=f"{judgement.value:f}",
        rate=None if judgement.rate is None else f"{judgement.rate:f}",
        seed_id=show("sed", row.seed_id),
        credit_level=row.credit_level,
        rule_book_version=judgement.book_version,
        policy_version=row.policy_version,
        order_id=order_id,
        rules=rules_of(judgement.screening.reasons),
    )


def _values(
    act: Act, row: Row, judgement: _Judgement, screening_id: UUID, order_id: str | None
) -> dict[str, object]:
    return {
        "screening_id": screening_id,
        "lot_id": row.lot_id,
        "port": row.port,
        "business_on": row.business_on,
        "lane": judgement.screening.lane.value,
        "reasons": list(judgement.screening.reasons),
        "seed_id": row.seed_id,
        "draw_value": judgement.value,
        "rate": judgement.rate,
        "selected": judgement.screening.selected,
        "perishable": row.perishable,
        "credit_level": row.credit_level,
        "rule_book_version": judgement.book_version,
        "policy_version": row.policy_version,
        "order_id": None if order_id is None else uuid_of(order_id, "ins"),
        "method": method_ordered(judgement.screening),
        "same_goods": list(dict.fromkeys(row.same_goods)),
        "actor": actor_to_keep(act.actor, act.receipt),
        "at": act.at,
    }
