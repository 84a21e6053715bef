"""Requests and the work that they ask for, and what of it is on record afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.declaration.domain.events import LotCancelled
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor, Answer
from services.kernel.refusal import Refusal, Refused
from services.platform.act import RECORD, Act
from services.platform.acting import Acting
from services.platform.answers import answered
from services.platform.database import Database
from tests.support.acts import receipt
from tests.support.quiet import QuietDatabase

CLERK = Actor(subject="clerk-1", party="group:G1", role="clerk", port="DONGXING")
ONE_STATEMENT = text(f"SELECT {RECORD}")
Work = Callable[[Act], Awaitable[Answer]]


@asynccontextmanager
async def outbox_emptied(quiet: QuietDatabase) -> AsyncIterator[Database]:
    """Where acts are done; whom they told is forgotten afterwards."""
    async with quiet.opened("declaration") as database:
        yield database
        async with quiet.opened("relay") as relay, relay.reading() as tx:
            await tx.execute(text("DELETE FROM outbox"))


def asked(key: str | None = None, *, body: str = "a", by: Actor = CLERK, **more: Any) -> Acting:
    return Acting(by, datetime.now(UTC), receipt(key, by=by, asked=body), **more)


def again(first: Acting, *, body: str = "a") -> Acting:
    """The same request, or another one under its key, sent later."""
    return asked(first.receipt.key, body=body, by=first.actor)


def recording(case: str, *, then: Exception | None = None) -> Work:
    """Work that appends an event, tells the case, and fails afterwards if it is told to."""

    async def work(act: Act) -> Answer:
        act.record(case, LotCancelled(reason="a test"), step=uuid4().hex)
        act.tell(case)
        await act.execute(text("SELECT 1"))
        if then is not None:
            raise then
        return Answer(status=201, body={"case": case})

    return work


def refusing(*refusals: Refusal) -> Work:
    async def work(act: Act) -> Answer:
        raise Refused(*refusals)

    return work


def in_one_statement(case: str, seen: list[str]) -> Callable[[Act], Awaitable[Any]]:
    """Work whose one statement appends an event and keeps the answer."""

    async def work(act: Act) -> tuple[Any, Mapping[str, Any], Answer]:
        seen.append(case)
        act.record(case, LotCancelled(reason="a test"), step=uuid4().hex)
        act.tell(case)
        return ONE_STATEMENT, {}, Answer(status=201, body={"case": case, "try": len(seen)})

    return work


async def count(database: Database, query: str, **values: Any) -> int:
    async with database.reading() as tx:
        return int((await tx.execute(text(query), values)).scalar_one())


async def events_of(database: Database, case: str) -> int:
    query = "SELECT count(*) FROM events WHERE case_id = :case"
    return await count(database, query, case=case_uuid(case))


async def kept(database: Database, acting: Acting) -> Answer | None:
    async with database.reading() as tx:
        return await answered(tx, acting.receipt)


async def tells_of(quiet: QuietDatabase, case: str) -> list[Any]:
    query = text("SELECT * FROM outbox WHERE told = :case ORDER BY outbox_id")
    async with quiet.opened("relay") as relay, relay.reading() as tx:
        return (await tx.execute(query, {"case": case})).all()
