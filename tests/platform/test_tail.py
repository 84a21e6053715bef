"""The tail of the log: whoever reads it by position reads every event, once, in one order."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import SYSTEM
from services.platform.act import Act
from services.platform.acting import step
from services.platform.bell import EVENTS, Bell
from services.platform.database import Database, Tx
from services.platform.policy import PolicyCache
from services.platform.tail import Logged, Position, Tail, batch_after, newest, read_after
from tests.support.patience import LOOKS
from tests.support.quiet import QuietDatabase


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with quiet.opened("declaration") as database:
        yield database


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[Bell]:
    bell = Bell(database)
    database.committed = bell.ring
    yield bell
    await bell.close()


@pytest.fixture
async def tail(database: Database, bell: Bell) -> AsyncIterator[Tail]:
    tail = Tail(database, bell)
    yield tail
    await tail.close()


async def append(tx: Tx, case: str, step: str) -> None:
    act = Act(tx, SYSTEM, datetime.now(UTC), PolicyCache())
    act.record(case, LotClosed(), step=step)
    await act.end()


async def closed(database: Database, *cases: str, word: str = "x") -> None:
    """Cases that end in a transaction of their own each, as a service would do it."""
    for case in cases:
        async with step(database, PolicyCache(), None) as act:
            act.record(case, LotClosed(), step=word)


async def caught_up(reader: Tx, start: Position, events: int) -> list[Logged]:
    """The events after a place, once there are so many: a transaction that still runs anywhere on
    the server holds the tail back."""
    for _ in range(LOOKS):
        found = await read_after(reader, start)
        if len(found) >= events:
            break
        await asyncio.sleep(0.05)
    return found


async def test_a_late_commit_is_not_skipped_by_a_reader_who_saw_a_later_number(
    database: Database,
) -> None:
    early, late = new_id("lot"), new_id("lot")
    async with database.reading() as reader:
        start = await newest(reader)
        async with database.transaction() as slow:
            await append(slow, early, "a")
            async with database.transaction() as quick:
                await append(quick, late, "b")
            assert await read_after(reader, start) == []
        both = await caught_up(reader, start, 2)
    assert [e.case_id for e in both] == [case_uuid(early), case_uuid(late)]


class GivenUp(Exception):
    """The transaction is not committed."""


async def test_under_concurrent_transactions_no_event_is_skipped_or_read_twice(
    database: Database,
) -> None:
    cases = [new_id("lot") for _ in range(8)]
    async with database.reading() as tx:
        start = await newest(tx)

    async def write(case: str, writer: int) -> None:
        for number in range(12):
            with contextlib.suppress(GivenUp):
                async with database.transaction() as tx:
                    await append(tx, case, f"{writer}-{number}")
                    await asyncio.sleep(random.uniform(0, 0.01))
                    if random.random() < 0.2:
                        raise GivenUp

    async def written() -> list[tuple[UUID, int]]:
        async with database.reading() as tx:
            rows = await tx.execute(
                text("SELECT case_id, seq FROM events WHERE case_id = ANY(:cases)"),
                {"cases": [case_uuid(c) for c in cases]},
            )
            return sorted((r.case_id, r.seq) for r in rows)

    writing = asyncio.gather(*(write(case, n) for n, case in enumerate(cases)))
    read: list[Logged] = []
    position = start
    async with asyncio.timeout(30):
        while not writing.done() or len(read) < len(await written()):
            async with database.reading() as tx:
                events = await read_after(tx, position, rows=7)
            read += events
            position = Position.parse(str(events[-1].position)) if events else position
    await writing
    expected = await written()
    assert len(expected) > 50
    assert sorted((e.case_id, e.seq) for e in read) == expected
    assert [e.position for e in read] == sorted(e.position for e in read)
    for case in cases:
        numbers = [e.seq for e in read if e.case_id == case_uuid(case)]
        assert numbers == list(range(1, len(numbers) + 1))


async def begin(tx: Tx) -> int:
    """Have the transaction draw its number, as its first write would; the number."""
    drawn = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
    return int((await tx.execute(drawn)).scalar_one())


async def test_a_case_keeps_its_own_order_whatever_its_transactions_numbers(
    database: Database,
) -> None:
    """The one with the lower number comes to the case last."""
    case = new_id("lot")
    async with database.reading() as reader:
        start = await newest(reader)
        async with database.transaction() as early:
            low = await begin(early)
            async with database.transaction() as late:
                assert await begin(late) > low
                await append(late, case, "first")
            await append(early, case, "second")
        read = await caught_up(reader, start, 2)
    assert [(e.case_id, e.seq) for e in read] == [(case_uuid(case), 1), (case_uuid(case), 2)]
    assert read[0].position < read[1].position


async def test_an_event_that_takes_the_cases_number_never_appears_behind_a_reader(
    database: Database,
) -> None:
    """The case has taken the higher number when the transaction with the lower one comes to it."""
    case, other = new_id("lot"), new_id("lot")
    read: list[Logged] = []
    async with database.reading() as reader:
        position = await newest(reader)
        async with database.transaction() as early:
            await begin(early)
            await closed(database, case, other)
            batch = await batch_after(reader, position)
            assert (batch.events, batch.held_back) == ([], True)
            await append(early, case, "second")
        while len(read) < 3:
            read += await read_after(reader, position, rows=1)
            position = read[-1].position if read else position
    assert [(e.case_id, e.seq) for e in read if e.case_id == case_uuid(case)] == [
        (case_uuid(case), 1),
        (case_uuid(case), 2),
    ]


async def test_many_writers_on_few_cases_are_read_case_by_case_from_one_on(
    database: Database, tail: Tail
) -> None:
    """Each transaction draws its number at once and comes to its cases when it comes to them."""
    cases = sorted(new_id("lot") for _ in range(3))
    heard: list[tuple[UUID, int]] = []
    total = len(cases)

    async def write(writer: int) -> None:
        nonlocal total
        for number in range(10):
            with contextlib.suppress(GivenUp):
                async with database.transaction() as tx:
                    await begin(tx)
                    await asyncio.sleep(random.uniform(0, 0.02))
                    chosen = [c for c in cases if random.random() < 0.6]
                    for case in chosen:
                        await append(tx, case, f"{writer}-{number}")
                        await asyncio.sleep(random.uniform(0, 0.005))
                    if random.random() < 0.2:
                        raise GivenUp
                total += len(chosen)
                database.committed(EVENTS)

    async def listen(queue: asyncio.Queue[Logged]) -> None:
        while True:
            event = await queue.get()
            if event.case_id in {case_uuid(c) for c in cases}:
                heard.append((event.case_id, event.seq))

    async with tail.listen(None) as queue, asyncio.timeout(60):
        listening = asyncio.create_task(listen(queue))
        await closed(database, *cases, word="first")
        await asyncio.gather(*(write(n) for n in range(8)))
        while len(heard) < total:  # noqa: ASYNC110 - the listener tells nobody
            await asyncio.sleep(0.02)
        listening.cancel()
    for case in map(case_uuid, cases):
        numbers = [seq for of, seq in heard if of == case]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_an_event_that_a_silent_transaction_holds_back_is_heard_when_that_has_ended(
    database: Database, tail: Tail
) -> None:
    """What holds back is given up and rings no bell."""
    case = new_id("lot")
    async with tail.listen(case_uuid(case)) as queue:
        with contextlib.suppress(GivenUp):
            async with database.transaction() as silent:
                await begin(silent)
                await closed(database, case)
                await asyncio.sleep(0.3)
                assert queue.empty()
                raise GivenUp
        async with asyncio.timeout(30):
            assert (await queue.get()).seq == 1


class SlowlyRead(Database):
    """A database whose reads begin late, as on a busy machine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        await asyncio.sleep(0.2)
        async with self._database.reading() as tx:
            yield tx


async def test_whoever_looks_and_then_waits_is_woken_by_what_came_in_between(
    database: Database, bell: Bell
) -> None:
    """The event is committed just after the first look: the moment in which wake-ups get lost."""
    tail, case, looked = Tail(SlowlyRead(database), bell), new_id("lot"), 0

    async def decided() -> str | None:
        nonlocal looked
        looked += 1
        async with database.reading() as tx:
            query = text("SELECT step FROM events WHERE case_id = :case AND step = 'close'")
            seen = (await tx.execute(query, {"case": case_uuid(case)})).scalar_one_or_none()
        if looked == 1:
            await closed(database, case, word="close")
        return None if seen is None else "decided"

    assert await tail.until(case_uuid(case), decided, 30) == "decided"
    await tail.close()


async def test_patience_ends_when_nothing_happens(tail: Tail) -> None:
    async def undecided() -> str | None:
        return None

    assert await tail.until(case_uuid(new_id("lot")), undecided, 0.2) is None


async def test_one_reader_wakes_each_listener_with_its_own_case_only(
    database: Database, tail: Tail
) -> None:
    mine, other = new_id("lot"), new_id("lot")
    async with tail.listen(case_uuid(mine)) as own, tail.listen(None) as everything:
        await closed(database, other, mine)
        async with asyncio.timeout(30):
            assert (await own.get()).case_id == case_uuid(mine)
            heard = [(await everything.get()).case_id for _ in range(2)]
    assert heard == [case_uuid(other), case_uuid(mine)]
    assert own.empty()


async def test_what_was_read_for_all_is_what_the_log_holds_from_any_place_on(
    database: Database, tail: Tail
) -> None:
    """Those who listen are given it without asking the log again, and of what lies before it they
    are told to ask."""
    cases = [new_id("lot") for _ in range(6)]
    assert tail.recent(Position(0, 0), rows=10) is None
    async with database.reading() as tx:
        before = await newest(tx)
    async with tail.listen(None) as everything, asyncio.timeout(30):
        await closed(database, *cases)
        heard = [await everything.get() for _ in cases]
        assert tail.recent(Position(before.xid - 1, 0), rows=10) is None
        assert tail.recent(heard[-1].position, rows=10) == []
        for place, event in enumerate(heard[:-1]):
            async with database.reading() as tx:
                logged = await read_after(tx, event.position, rows=3)
            assert tail.recent(event.position, rows=3) == logged == heard[place + 1 : place + 4]


async def test_of_what_was_read_long_ago_the_log_is_asked(database: Database, bell: Bell) -> None:
    tail = Tail(database, bell, remembers=2)
    async with tail.listen(None) as everything, asyncio.timeout(30):
        await closed(database, *(new_id("lot") for _ in range(5)))
        heard = [await everything.get() for _ in range(5)]
    assert tail.recent(heard[1].position, rows=10) is None
    assert tail.recent(heard[2].position, rows=10) == heard[3:]
    await tail.close()


@pytest.mark.parametrize("text", ["", "x", "1", "1-", "-1", "a-b"])
def test_a_place_in_the_log_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|base 10"):
        Position.parse(text)
