"""What a reader is told is numbered without a gap: nobody counts what happened inside a case."""

from __future__ import annotations

from typing import Any

import pytest

from migrations.apply import event_types
from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor
from services.risk.domain.events import LotCalledIn
from services.window.domain.rules.disclosure import is_shown
from services.window.queries.told import events_of
from tests.services.window.conftest import GROUP, Desk
from tests.services.window.programmer import PASSED, RELEASED, Programmer, deliver
from tests.services.window.test_refused_acts import BANK, GATE, NOTE, actor
from tests.support.receiver import Receiver

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
        rows = await events_of(tx, case_uuid(lot), viewer, after=0, rows=1000)
    assert [row.type for row in rows] == [n for n, by in said if is_shown(n, by.party, viewer)]
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
