"""Which acts on an accreditation are open to whoever reads it, by what they are refused for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

from services.accreditation.commands.cases import case_of, is_of_its_port, party_of
from services.accreditation.commands.decisions import (
    decision_author,
    dishonest,
    no_examiner,
    not_the_signer,
)
from services.accreditation.commands.examining import both_stay, examiners_pool, not_the_other
from services.accreditation.domain.model import EXAMINER, Accreditation
from services.accreditation.domain.open_acts import Stands, acts_of_applicant, acts_open
from services.accreditation.domain.rules import accreditation as law
from services.accreditation.domain.states import AEO, AeoState
from services.kernel.messages import Actor
from services.kernel.rule import asked
from services.platform.database import Row, Statements
from services.platform.officers import fitness


async def acts_on(tx: Statements, row: Row, actor: Actor, *, today: date) -> list[str]:
    """Of a case with what is proposed of it; an enterprise reads the own one."""
    case = case_of(row)
    if actor.role == "enterprise":
        return acts_of_applicant(case, today)
    if actor.role != "officer" or not is_of_its_port(row, actor):
        return []
    stands = set[Stands]()
    for told in (_of_the_officer, _of_the_examination, _of_the_decision):
        if not acts_open(case, today, stands):
            break
        stands |= {one async for one in told(tx, row, case, actor, today)}
    return acts_open(case, today, stands)


async def _of_the_officer(
    tx: Statements, row: Row, case: Accreditation, actor: Actor, today: date
) -> AsyncIterator[Stands]:
    """What of it is asked at every act at the desk, and at those that take the skill."""
    at_the_desk = await fitness(tx, actor, party=party_of(row))
    if not at_the_desk.on_file:
        yield Stands.AWAY
    elif at_the_desk.unfit is not None:
        yield Stands.INTERESTED
    elif (await fitness(tx, actor, party=party_of(row), skill=EXAMINER)).unfit is not None:
        yield Stands.UNSKILLED


async def _of_the_examination(
    tx: Statements, row: Row, case: Accreditation, actor: Actor, today: date
) -> AsyncIterator[Stands]:
    """What of it says who reports, who agrees and whether another is to be drawn."""
    if asked(today, law.examiner_only, case, actor.party_code):
        yield Stands.NOT_DRAWN
    if case.state == AeoState.SCORED and await not_the_other(tx, row, actor, today=today):
        yield Stands.NOT_THE_OTHER
    can_be_drawn = "redraw" in AEO.acts(AeoState(case.state))
    if can_be_drawn and both_stay(row, await examiners_pool(tx, row)):
        yield Stands.BOTH_STAY


async def _of_the_decision(
    tx: Statements, row: Row, case: Accreditation, actor: Actor, today: date
) -> AsyncIterator[Stands]:
    """What of it says who proposes a decision, and who signs the one that waits."""
    if row.pending is None:
        yield Stands.UNDECIDED
        if await no_examiner(tx, case, actor, today=today):
            yield Stands.EXAMINED
        return
    yield Stands.DECIDED
    author = await decision_author(tx, row)
    if await not_the_signer(tx, case, author, actor, today=today):
        yield Stands.NOT_THE_SIGNER
    move = (AeoState(case.state), law.move_of(case, row.pending_kind))
    if move not in AEO.moves or await dishonest(tx, case, row.pending_kind, today=today):
        yield Stands.NOT_CARRIED_OUT
