"""Screening of a lot: its lane and draw recorded on the lot's own chain, its order opened."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
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
from services.kernel.salted import key_digest
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.seeds import SeedKeeper, SeedMissing
from services.platform.event_log import actor_to_keep
from services.risk.commands.rules import RuleBookCache
from services.risk.domain.events import LotScreened
from services.risk.domain.model import LotFacts, Screening, Selected, Through
from services.risk.domain.rules.inspection_rate import inspection_rate, level_that_counts
from services.risk.domain.rules.screening import (
    CONTROL_HIT,
    is_inherited,
    method_ordered,
    rules_of,
    screen,
)
from services.risk.domain.rules.seen import Seen, seen_by
from services.risk.queries.screening import (
    OR_CLOSER,
    controls_of,
    first_said,
    levels_of,
    lot_facts,
    lot_to_screen,
    selected_before,
)

STEP: Final = "screen"

# Writes nothing when the day was closed in between. The order that is asked for is inspection's to
# open: with the judgement, or neither is.
_WRITE = text(
    f"""
    WITH written AS (
        INSERT INTO screenings (screening_id, lot_id, port, business_on, lane, reasons, through,
            seen, seed_id, draw_value, rate, selected, perishable, credit_level, rule_book_version,
            policy_version, order_id, screened_at)
        SELECT CAST(:screening_id AS uuid), CAST(:lot_id AS uuid), CAST(:port AS text),
            CAST(:business_on AS date), CAST(:lane AS text), CAST(:reasons AS text[]),
            CAST(:through AS jsonb), CAST(:seen AS jsonb), seed_id,
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
        {OR_CLOSER}
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
    level: CreditLevel
    through: tuple[tuple[str, Through], ...]
    """What was found by a part of the lot, and by which."""
    seen: tuple[Seen, ...]
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
    row = await lot_to_screen(act, uuid_of(lot_id, "lot"))
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
    level = level_that_counts(levels_of(row))
    counts = CreditLevel.ORDINARY if level is None else level.level
    facts = lot_facts(row, counts, first=first_said(row))
    value = draw_value(seed, Purpose.GOODS, lot_id)
    rate = _rate(policy, facts, row)
    controls = controls_of(row)
    before = [one for one in selected_before(row) if _inherited(policy, one, row)]
    rules = book.on(row.business_on)
    found = screen(
        facts,
        rules,
        controls,
        value=value,
        rate=rate,
        before=before,
        called_in=[Lane(lane) for lane in row.called_in],
    )
    through = [(f"{CONTROL_HIT}:{one.control_id}", one.through) for one in controls]
    if level is not None:
        through.append((f"CREDIT_LEVEL:{level.level}", level.through))
    seen = seen_by(rules, facts, found.reasons)
    return _Judgement(found, facts.credit_level, tuple(through), seen, value, rate, book.version)


def _rate(policy: PolicyBook, facts: LotFacts, row: Row) -> Decimal | None:
    """The rate in force; None when the law is silent, and then the goods are inspected."""
    try:
        return inspection_rate(facts.credit_level, policy, on=row.business_on, port=row.port)
    except Refused:
        return None


def _inherited(policy: PolicyBook, earlier: Selected, row: Row) -> bool:
    """Whether today's law lets the lot inherit an earlier selection; when it is silent, it does."""
    days: int | None = None
    today = business_day(row.read_at)
    with suppress(Refused):
        days = policy.integer("inspection.selection_inherited_days", on=today, scope=row.port)
    return is_inherited(earlier, at=row.read_at, days=days)


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
        credit_level=judgement.level,
        through=tuple(f"{what} {one.part}" for what, one in judgement.through),
        rule_book_version=judgement.book_version,
        policy_version=row.policy_version,
        order_id=order_id,
        rules=rules_of(judgement.screening.reasons),
        known_by=_known_by(row, judgement.screening.lane),
    )


def _known_by(row: Row, lane: Lane) -> tuple[str, ...]:
    """By what the goods are known again, if they are selected."""
    keys = () if lane is Lane.GREEN else row.same_goods
    return tuple(sorted({key_digest(show("lot", row.lot_id), key) for key in keys}))


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
        "credit_level": judgement.level.value,
        "through": json.dumps(
            [
                {"reason": what, "part": one.part, "party": one.party}
                for what, one in judgement.through
            ]
        ),
        "seen": json.dumps([one.kept() for one in judgement.seen]),
        "rule_book_version": judgement.book_version,
        "policy_version": row.policy_version,
        "order_id": None if order_id is None else uuid_of(order_id, "ins"),
        "method": method_ordered(judgement.screening),
        "same_goods": list(dict.fromkeys(row.same_goods)),
        "actor": actor_to_keep(act.actor, act.receipt),
        "at": act.at,
    }
