"""Whom an order is drawn: two officers, of whom some may stay, and for goods a bay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.inspection.domain.model import skill_for
from services.inspection.domain.rules.bays import least_occupied
from services.kernel.identifiers import show
from services.kernel.lanes import Lane
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.rules.draw import OFFICERS_DRAWN, Purpose
from services.platform.act import Act
from services.platform.draws.ballots import (
    NOBODY,
    OFFICERS_TOO_FEW,
    Ballot,
    Pool,
    draws_keep,
    officers_for,
)
from services.platform.draws.seeds import OpenSeed

BAYS_MISSING: Final = "BAYS_MISSING"


@dataclass(frozen=True, slots=True)
class Asked:
    """What officers are drawn for: an order of a lot, and who may not be drawn for it."""

    order_id: str
    lot_id: UUID
    port: str
    business_on: date
    lane: Lane
    parties: frozenset[str]
    orders_before: int
    """How many orders the lot was given before this one."""
    author: str | None
    """Whose findings wait for a signature."""
    officers: tuple[str, ...]
    bay: str | None
    occupied: tuple[str, ...]
    """The bays of the port's open orders, each as often as it is occupied."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who was drawn, or why nobody could be."""

    draw_no: int
    officers: tuple[str, ...] = ()
    bay: str | None = None
    seed_id: UUID | None = None
    lacking: str | None = None
    staying: tuple[str, ...] = ()
    pool: Pool = NOBODY
    bays: tuple[str, ...] = ()


async def pool_for(act: Act, asked: Asked) -> Pool:
    """The officers of the port who may decide on the lot, and why the others may not."""
    skill = skill_for(asked.lane)
    return await officers_for(act, port=asked.port, skill=skill, parties=asked.parties)


def staying(asked: Asked, pool: Pool) -> tuple[str, ...]:
    """Whose seat is not drawn anew: who may still decide, and whose findings wait to be signed."""
    return tuple(o for o in asked.officers if o in pool.eligible or o == asked.author)


async def staff_drawn(act: Act, asked: Asked, pool: Pool, *, draw_no: int, seed: OpenSeed) -> Staff:
    """Whoever is missing of two officers, and for goods a bay, by draw; or what is lacking."""
    stays = staying(asked, pool)
    candidates, missing = pool.beside(stays), OFFICERS_DRAWN - len(stays)
    if len(candidates) < missing:
        return Staff(draw_no - 1, stays, asked.bay, lacking=OFFICERS_TOO_FEW, pool=pool)
    is_goods = asked.lane != Lane.YELLOW
    bays = least_occupied(_bays(await act.law(), asked), asked.occupied) if is_goods else ()
    if is_goods and not bays:
        return Staff(draw_no - 1, stays, lacking=BAYS_MISSING, pool=pool)
    subject = _subject(asked, draw_no)
    ballots = [Ballot(Purpose.OFFICERS, candidates, missing)]
    if is_goods and asked.bay is None:
        ballots.append(Ballot(Purpose.BAY, bays, 1))
    drawn, *bay = await draws_keep(
        act, ballots, case=asked.order_id, draw_no=draw_no, seed=seed, subject=subject
    )
    return Staff(
        draw_no,
        (*stays, *drawn),
        bay[0][0] if bay else asked.bay,
        seed.seed_id,
        staying=stays,
        pool=Pool(candidates, pool.others),
        bays=bays if bay else (),
    )


def _subject(asked: Asked, draw_no: int) -> str:
    """Whom an order draws by: its lot, and of later orders of one lot which that is.

    The lot's id was given before anyone could know the seed; the order's own only after.
    """
    lot, before = show("lot", asked.lot_id), asked.orders_before
    return f"{lot}|{draw_no}" if before == 0 else f"{lot}/{before + 1}|{draw_no}"


def _bays(law: PolicyBook, asked: Asked) -> tuple[str, ...]:
    """The port's inspection bays; none when the port has not stated them."""
    try:
        return tuple(law.get("inspection.bays", on=asked.business_on, scope=asked.port))
    except Refused:
        return ()
