"""Acts and steps that a test records for itself, where none of a service's own is wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from services.kernel.events import Event
from services.kernel.messages import SYSTEM, Actor, Answer, Receipt
from services.platform.act import Act
from services.platform.database import Database, Tx
from services.platform.policy import PolicyCache

DONE = Answer(status=200, body={})
SOMEBODY = Actor(subject="somebody-1", party="group:G1", role="clerk", port="DONGXING")


def who_says(event: Event) -> Actor:
    """The window, where it may record the event of itself; else a person."""
    return SYSTEM if event.unasked else SOMEBODY


def receipt(key: str | None = None, *, by: Actor = SYSTEM, asked: str = "a") -> Receipt:
    """The receipt of a request; another ``asked`` is another body."""
    return Receipt(subject=by.subject, party=by.party, key=key or uuid4().hex, fingerprint=asked)


async def append(
    tx: Tx,
    case: str,
    event: Event,
    *,
    step: str | None = None,
    actor: Actor | None = None,
    at: datetime | None = None,
) -> None:
    """Append one event in a transaction that is under way; a person's act has its receipt."""
    act = _act(tx, actor or who_says(event), at)
    act.record(case, event, step=step or uuid4().hex)
    await act.end(DONE)


async def told(
    database: Database, case: str, event: Event, *, opens: bool = False, anew: bool = False
) -> None:
    """Commit an event and have its case look at it, also though it ended, or have it opened."""
    async with database.transaction() as tx:
        act = _act(tx, who_says(event))
        act.record(case, event, step=uuid4().hex)
        if opens:
            act.open_case(case)
        elif anew:
            act.tell_anew(case, CaseType="test")
        else:
            act.tell(case)
        await act.end(DONE)


def _act(tx: Tx, actor: Actor, at: datetime | None = None) -> Act:
    under = None if actor == SYSTEM else receipt(by=actor)
    return Act(tx, actor, at or datetime.now(UTC), PolicyCache(), receipt=under)
