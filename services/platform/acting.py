"""An act carried out: in one transaction, once under its key; or a step that nobody asked for.

What an act reads, writes and records stands in ``act.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.sql.expression import ClauseElement

from services.kernel import refusals
from services.kernel.messages import SYSTEM, Actor, Answer, Receipt
from services.kernel.refusal import Refused
from services.platform import problem
from services.platform.act import Act
from services.platform.answers import refusal_keep, refusal_note
from services.platform.bell import EVENTS
from services.platform.database import Database, Tx
from services.platform.event_log import actor_to_keep
from services.platform.noting import Tried, note_of
from services.platform.policy import PolicyCache
from services.platform.races import as_often_as_races_are_lost

Work = Callable[[Act], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Acting:
    """Whoever asks for an act: who, when, under which receipt, having read which version."""

    actor: Actor
    at: datetime
    receipt: Receipt
    expected_version: int | None = None
    upon_reading: bool = False
    """Whether it must say so: a signature or a decision."""
    tried: Tried | None = None
    """What is asked for, on which case: what a refusal notes there."""


async def act_once(database: Database, policies: PolicyCache, acting: Acting, work: Work) -> Answer:
    """Carry out an act and keep its answer in one transaction, or give the answer kept before.

    A refusal is an answer too: everything is undone, and it is kept in a statement of its own. A
    repetition is found by the key's own uniqueness, in the last statement: it undoes itself and
    gives the first one's answer. A race lost to another constraint runs the work again on fresh
    facts, so that its rules name the reason. Raises Refused IN_PROGRESS when a lock is not had in
    time.
    """

    async def attempt() -> Answer:
        try:
            return await _in_a_transaction(database, policies, acting, work)
        except Refused as refused:
            return await _refused(database, acting, refused)

    return await as_often_as_races_are_lost(database, acting.receipt, attempt)


async def written_once(
    database: Database,
    policies: PolicyCache,
    acting: Acting,
    work: Callable[[Act], Awaitable[tuple[ClauseElement, dict[str, Any], Answer]]],
) -> Answer:
    """As ``act_once``, for work that reads, decides, and then writes all in one statement.

    The statement ends in RECORD and is the whole transaction: constraints catch every race, so no
    lock is taken beforehand. The work itself reads nothing under the key (hot path): a repetition
    is found by the key's uniqueness.
    """

    async def attempt() -> Answer:
        try:
            async with database.reading() as tx:
                act = _act(tx, policies, acting)
                statement, values, answer = await work(act)
                act.require_compared()
                await tx.execute(statement, {**values, **act.parameters(answer)})
        except Refused as refused:
            return await _refused(database, acting, refused)
        act.committed(database)
        return answer

    return await as_often_as_races_are_lost(database, acting.receipt, attempt)


@asynccontextmanager
async def act_by_reading(
    database: Database, policies: PolicyCache, acting: Acting
) -> AsyncIterator[Act]:
    """What somebody does by reading, under no key: one statement that ends in RECORD, if any."""
    async with database.reading() as tx:
        act = _act(tx, policies, acting)
        yield act
    act.committed(database)


@asynccontextmanager
async def locked_act_by_reading(
    database: Database, policies: PolicyCache, acting: Acting, answer: Answer
) -> AsyncIterator[Act]:
    """As ``act_by_reading``, for what locks before it decides: in one transaction, which ends with
    what was recorded."""
    async with database.transaction() as tx:
        act = _act(tx, policies, acting)
        yield act
        await act.end(answer)
    act.committed(database)


@asynccontextmanager
async def step(
    database: Database, policies: PolicyCache, at: datetime | None
) -> AsyncIterator[Act]:
    """A step that nobody asked for, in one transaction.

    ``at`` is the case's own time: a clock that it was woken by is never read as still running.
    """
    async with database.transaction() as tx:
        now = datetime.now(UTC)
        act = Act(tx, SYSTEM, now if at is None else max(now, at), policies)
        yield act
        await act.end()
    act.committed(database)


def _act(tx: Tx, policies: PolicyCache, acting: Acting) -> Act:
    return Act(
        tx,
        acting.actor,
        acting.at,
        policies,
        receipt=acting.receipt,
        expected_version=acting.expected_version,
        upon_reading=acting.upon_reading,
    )


async def _in_a_transaction(
    database: Database, policies: PolicyCache, acting: Acting, work: Work
) -> Answer:
    async with database.transaction() as tx:
        act = _act(tx, policies, acting)
        answer = await work(act)
        act.require_compared()
        await act.end(answer)
    act.committed(database)
    return answer


async def _refused(database: Database, acting: Acting, refused: Refused) -> Answer:
    """Keep the refusal, and with it the note that it leaves on its case (``noting.py``).

    Whoever was asked what he had read was answered nothing yet: the same key is still his.
    """
    answer = problem.answer(refused.refusals, at=acting.at)
    if refused.refusals[0].reason is refusals.VERSION_NOT_NAMED:
        return answer
    note = note_of(acting.tried, acting.actor, refused.refusals)
    async with database.reading() as tx:
        if note is None:
            await refusal_keep(tx, acting.receipt, answer)
            return answer
        actor = actor_to_keep(acting.actor, acting.receipt)
        noted = await refusal_note(tx, acting.receipt, answer, note, actor=actor, at=acting.at)
    if noted:
        database.committed(EVENTS)
    return answer
