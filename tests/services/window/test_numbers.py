"""What a reader is told is numbered without a gap: nobody counts what happened inside a case."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from migrations.apply import event_types
from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor
from services.platform.database import Statements
from services.platform.tail import Logged, Position, read_after
from services.risk.domain.events import LotCalledIn
from services.window.domain.rules.disclosure import is_shown
from services.window.queries.told import BEGINNING, Numbers, events_of
from tests.services.window.conftest import GROUP, Desk
from tests.services.window.programmer import PASSED, RELEASED, Programmer, deliver
from tests.services.window.test_refused_acts import BANK, GATE, NOTE, actor
from tests.support.log import log_stands
from tests.support.receiver import Receiver

_READ = text(
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables"
    " WHERE relname LIKE 'events%'"
)
CALLED_IN = LotCalledIn.model_construct(call_in_id="cal_x", order_id="ins_x", lane="RED")
VIEWERS = ("group:DX-G001", "resident:res_1", "bank:ICBKCNBJ", "gate:DX-1", "officer:ofc_1")


async def filed(desk: Desk, *, inside: bool, group: str = GROUP) -> str:
    """A lot that was released and left, and of which more was said inside, or not."""
    lot = await desk.file_lot(group=group)
    await desk.say(lot, RELEASED, step="release")
    if inside:
        await desk.say(lot, NOTE, step="refused:1", actor=GATE)
        await desk.say(lot, NOTE, step="refused:2", actor=BANK)
        await desk.say(lot, CALLED_IN, step="called", actor=actor("officer:ofc_1"))
    await desk.say(lot, PASSED, step="gate", actor=GATE)
    await desk.say(lot, LotClosed(), step="close")
    return lot


async def pages(desk: Desk, lot: str, limit: int) -> list[Any]:
    """The pages of a lot's timeline, times left out, as its clerk reads them."""
    found: list[Any] = []
    after: str | None = "0"
    while after is not None:
        path = f"/window/v1/cases/{lot}/timeline?limit={limit}&after={after}"
        page = (await desk.get(path)).json()
        after = page["next_cursor"]
        items = [(e["seq"], e["type"], e["body"], e["actor"]) for e in page["items"]]
        found.append((items, after))
    return found


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_a_party_reads_the_same_of_a_lot_that_was_called_in_and_of_another(
    desk: Desk, limit: int
) -> None:
    plain, called = [await filed(desk, inside=inside) for inside in (False, True)]
    assert await pages(desk, called, limit) == await pages(desk, plain, limit)
    seen = [e for items, _ in await pages(desk, called, limit) for e in items]
    assert [number for number, *_ in seen] == list(range(1, len(seen) + 1))


async def test_a_programmer_is_told_by_numbers_without_a_gap(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    lot = await filed(desk, inside=True, group=programmer.group)
    await deliver(desk)
    told = receiver.told
    assert [m["sequence"] for m in told] == ["1", "2", "3", "4"]
    assert [m["id"] for m in told] == [f"{lot}/{number}" for number in range(1, 5)]


@pytest.mark.parametrize("party", VIEWERS)
async def test_the_log_is_asked_for_what_the_list_says(desk: Desk, party: str) -> None:
    lot, viewer = await desk.file_lot(silent=True), actor(party)
    said: list[tuple[str, Actor]] = [(name, GATE) for name in event_types()]
    said += [("ActRefused", by) for by in (BANK, viewer)]
    for step, (name, by) in enumerate(said):
        await desk.say(lot, event_types()[name].model_construct(), step=str(step), actor=by)
    async with desk.services.database.reading() as tx:
        rows, _ = await events_of(tx, case_uuid(lot), viewer, place=BEGINNING, after=0, rows=1000)
    assert [row.type for row in rows] == [n for n, by in said if is_shown(n, by.party, viewer)]
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


async def rows_read(tx: Statements, work: Awaitable[object]) -> int:
    """How many rows of the log a piece of work looks at, by the indexes that a long log has."""
    for scan in ("seqscan", "bitmapscan"):
        await tx.execute(text(f"SET LOCAL enable_{scan} = off"))
    before = (await tx.execute(_READ)).scalar_one()
    await work
    return int((await tx.execute(_READ)).scalar_one() - before)


async def spoken_of(desk: Desk, lot: str, times: int) -> None:
    """A lot's chain grows by what its clerk is told, each time after something that he is not."""
    for _ in range(times):
        await desk.say(lot, NOTE, step=uuid4().hex, actor=BANK)
        await desk.say(lot, RELEASED, step=uuid4().hex)


async def logged(desk: Desk, lot: str) -> list[Logged]:
    """All events of a lot, as the log gives them out."""
    await log_stands(desk.sql)
    place = "SELECT xid::text, position FROM events WHERE case_id = $1 AND seq = 1"
    row = await desk.sql.fetchrow(place, case_uuid(lot))
    assert row is not None
    async with desk.services.database.reading() as tx:
        events = await read_after(tx, Position(int(row[0]), row[1] - 1), rows=10_000)
    return [event for event in events if event.case_id == case_uuid(lot)]


async def test_what_came_last_costs_the_same_however_long_the_chain_is(desk: Desk) -> None:
    viewer, cost = actor(f"group:{GROUP}"), {}
    for length in (5, 60):
        lot = await desk.file_lot()
        await spoken_of(desk, lot, length)
        case, place, numbers = case_uuid(lot), BEGINNING, Numbers(most=10)
        async with desk.services.database.reading() as tx:
            _, place = await events_of(tx, case, viewer, place=place, after=0, rows=500)
            await numbers.of(tx, (await logged(desk, lot))[-4:], viewer)
        await spoken_of(desk, lot, 2)
        events = (await logged(desk, lot))[-4:]
        async with desk.services.database.reading() as tx:
            followed = events_of(tx, case, viewer, place=place, after=place.number, rows=500)
            cost[length] = (
                await rows_read(tx, followed),
                await rows_read(tx, numbers.of(tx, events, viewer)),
            )
    assert cost[60] == cost[5]
    assert cost[60] == (4, 0)


async def test_who_reads_again_or_from_further_back_is_told_the_same_numbers(desk: Desk) -> None:
    viewer, lot = actor(f"group:{GROUP}"), await desk.file_lot()
    await spoken_of(desk, lot, 8)
    events, numbers = await logged(desk, lot), Numbers(most=1)
    async with desk.services.database.reading() as tx:
        told, _ = await events_of(tx, case_uuid(lot), viewer, place=BEGINNING, after=0, rows=100)
        right = {row.seq: row.number for row in told}
        for begin, end in ((0, 3), (3, 7), (3, 9), (9, 12), (12, 12), (15, 17), (1, 4), (4, 17)):
            found = await numbers.of(tx, events[begin:end], viewer)
            expected = {e.seq: right[e.seq] for e in events[begin:end] if e.seq in right}
            assert {seq: number for (_, seq), number in found.items()} == expected
        place, after = BEGINNING, 0
        for rows in (1, 3, 100, 1):
            page, place = await events_of(
                tx, case_uuid(lot), viewer, place=place, after=after, rows=rows
            )
            after = page[-1].number if page else after
            assert all(right[row.seq] == row.number for row in page)
    assert (place.seq, place.number) == (len(events), len(told))
