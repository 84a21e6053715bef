"""Screening of a lot: two statements, its lane and draw recorded on the lot's own chain."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import text

from services.inspection.commands.rules import RuleBookCache
from services.inspection.commands.seeds import GUARD, SeedKeeper, SeedMissing
from services.inspection.domain.events import LotScreened
from services.inspection.domain.model import CreditLevel, LotFacts, Screening
from services.inspection.domain.model import Lane as DomainLane
from services.inspection.domain.rules.draw import Purpose, draw_value
from services.inspection.domain.rules.inspection_rate import inspection_rate
from services.inspection.domain.rules.screening import screen
from services.kernel.identifiers import new_id, show, uuid_of
from services.kernel.messages import SYSTEM
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.platform.policy import PolicyCache
from workflows.ports.inspection import Lane, ScreeningResult

STEP: Final = "screen"

# Everything the judgement needs in one round trip, the lock on the port's draw day included. The
# event is sought by the lot's column, not by the parameter: a plan that knows the partition serves
# one lot only, and planning takes ten times what running does.
_READ = text(
    """
    SELECT
        (SELECT version FROM v_policy_version) AS policy_version,
        (SELECT version FROM rule_book) AS book_version,
        (SELECT e.answer FROM events AS e
            WHERE e.case_id = l.lot_id AND e.step = 'screen') AS recorded,
        l.port, l.business_on, l.customs_office, l.submitted_by, l.direction, l.hs_code, l.origin,
        l.shipped_from, l.perishable, l.net_kg, l.gross_kg, l.value_minor, l.currency,
        l.ticket_count, l.pieces, l.seller, l.seller_bank_bic, l.vehicle_plate,
        coalesce(c.level, 'ORDINARY') AS credit_level,
        s.seed_id, s.sealed,
        CAST(pg_advisory_xact_lock_shared(GUARD) AS text) AS guarded,
        clock_timestamp() AS read_at
    FROM v_lots AS l
    LEFT JOIN credit_decisions AS c ON c.party = l.submitted_by AND c.state = 'IN_FORCE'
    LEFT JOIN draw_seeds AS s
        ON s.port = l.port AND s.business_on = l.business_on AND s.closed_at IS NULL
    WHERE l.lot_id = :lot_id
    """.replace("GUARD", GUARD.format(port="l.port", day="l.business_on"))
)
# Writes nothing when the day was closed in between: then there is no row to append for.
_WRITE = text(
    f"""
    WITH seed AS (
        SELECT seed_id FROM draw_seeds WHERE seed_id = :seed_id AND closed_at IS NULL
    ), kept AS (
        INSERT INTO screenings (screening_id, lot_id, port, business_on, lane, reasons, seed_id,
            draw_value, rate, selected, perishable, credit_level, rule_book_version,
            policy_version, order_id, screened_at)
        SELECT CAST(:screening_id AS uuid), CAST(:lot_id AS uuid), CAST(:port AS text),
            CAST(:business_on AS date), CAST(:lane AS text), CAST(:reasons AS text[]), seed_id,
            CAST(:draw_value AS numeric), CAST(:rate AS numeric), CAST(:selected AS boolean),
            CAST(:perishable AS boolean), CAST(:credit_level AS text),
            CAST(:rule_book_version AS integer), CAST(:policy_version AS bigint),
            CAST(:order_id AS uuid), CAST(:event_at AS timestamptz)
        FROM seed RETURNING 1
    )
    SELECT {event_log.APPEND} FROM kept
    """
)


@dataclass(frozen=True, slots=True)
class Screener:
    """What screening keeps between lots: the books by version and the opened seeds."""

    policies: PolicyCache
    books: RuleBookCache
    seeds: SeedKeeper


@dataclass(frozen=True, slots=True)
class _Judgement:
    screening: Screening
    value: Decimal
    rate: Decimal | None
    book_version: int


async def lot_screen(tx: Tx, screener: Screener, lot_id: str) -> ScreeningResult:
    """The lot's lane, judged once; asked again, the recorded answer.

    It is dated by the database's clock after the seed was read, so that no draw of whatever
    process seems older than the commitment to its seed.

    Raises SeedMissing when the port's day has no open draw seed yet, Refused NOT_FOUND.
    """
    row = (await tx.execute(_READ, {"lot_id": uuid_of(lot_id, "lot")})).one_or_none()
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such lot."))
    if row.recorded is not None:
        return ScreeningResult.model_validate_json(row.recorded)
    if row.seed_id is None:
        raise SeedMissing(row.port, row.business_on)
    policy = await screener.policies.at_version(tx, row.policy_version)
    judgement = await _judge(tx, screener, policy, lot_id, row)
    result = _result(lot_id, judgement, perishable=row.perishable)
    written = await tx.execute(_WRITE, _values(row, lot_id, judgement, result))
    if written.first() is None:
        raise SeedMissing(row.port, row.business_on)
    return result


async def _judge(
    tx: Tx, screener: Screener, policy: PolicyBook, lot_id: str, row: Row
) -> _Judgement:
    book = await screener.books.at_version(tx, row.book_version)
    facts = lot_facts(row)
    seed = screener.seeds.opened(row.seed_id, row.sealed).seed
    value = draw_value(seed, Purpose.GOODS, lot_id)
    day = row.business_on
    rate = _rate(policy, facts, row)
    found = screen(facts, book.rules.on(day), book.controls_on(day), value=value, rate=rate)
    return _Judgement(found, value, rate, book.version)


def _rate(policy: PolicyBook, facts: LotFacts, row: Row) -> Decimal | None:
    """The rate in force; None when the law is silent, and then the goods are inspected."""
    try:
        return inspection_rate(facts.credit_level, policy, on=row.business_on, port=row.port)
    except Refused:
        return None


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
    )


def _result(lot_id: str, judgement: _Judgement, *, perishable: bool) -> ScreeningResult:
    screening = judgement.screening
    return ScreeningResult(
        screening_id=new_id("scr"),
        lot_id=lot_id,
        lane=Lane(screening.lane.value),
        reasons=screening.reasons,
        draw_value=f"{judgement.value:f}",
        rate=None if judgement.rate is None else f"{judgement.rate:f}",
        perishable=perishable,
        order_id=None if screening.lane is DomainLane.GREEN else new_id("ins"),
    )


def _values(
    row: Row, lot_id: str, judgement: _Judgement, result: ScreeningResult
) -> dict[str, object]:
    event = LotScreened(
        screening_id=result.screening_id,
        lane=result.lane.value,
        reasons=result.reasons,
        draw_value=result.draw_value,
        rate=result.rate,
        seed_id=show("sed", row.seed_id),
        credit_level=row.credit_level,
        rule_book_version=judgement.book_version,
        policy_version=row.policy_version,
        order_id=result.order_id,
    )
    entry = event_log.Entry(lot_id, event, STEP, SYSTEM, row.read_at, result.model_dump_json())
    return {
        **entry.parameters(),
        "screening_id": uuid_of(result.screening_id, "scr"),
        "lot_id": uuid_of(lot_id, "lot"),
        "port": row.port,
        "business_on": row.business_on,
        "lane": result.lane.value,
        "reasons": list(result.reasons),
        "seed_id": row.seed_id,
        "draw_value": judgement.value,
        "rate": judgement.rate,
        "selected": judgement.screening.selected,
        "perishable": row.perishable,
        "credit_level": row.credit_level,
        "rule_book_version": judgement.book_version,
        "policy_version": row.policy_version,
        "order_id": None if result.order_id is None else uuid_of(result.order_id, "ins"),
    }
