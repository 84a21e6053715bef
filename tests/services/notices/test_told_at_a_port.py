"""Customs is told of a truck that comes in elsewhere: the port's own, once, and nobody besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from tests.services.notices.conftest import LIST, Post
from tests.support.harbour import Harbour, open_port
from tests.support.patience import sooner_or_later
from tests.support.plates import own_plate
from tests.support.reading import Reader

KIND = "TRUCK_ELSEWHERE"
New = Callable[[], str]


async def a_port(post: Post) -> tuple[Harbour, Reader]:
    """A port of the test's own that plays no past day, and an officer there."""
    place = Harbour(post.window, await open_port(post.window, officers=0, replays=False))
    return place, place.officer(await place.hire())


async def came_in(place: Harbour, plate: str) -> None:
    await place.gate.post("/gate/v1/entries", {"vehicle_plate": plate})


async def listed(reader: Reader) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await reader.get(LIST, limit=200))["items"]
    return items


async def test_customs_of_the_port_that_recorded_it_last_is_told_once_and_no_other(
    post: Post,
) -> None:
    (first, officer), (second, theirs), (third, others) = [await a_port(post) for _ in range(3)]
    plate = own_plate()
    for place in (first, second, second, third):
        await came_in(place, plate)
    (told,) = await post.noticed(officer, KIND)
    assert told["facts"] == {"vehicle_plate": plate, "port": second.port}
    # Of an entry of another port there is nothing to open.
    assert told["case_id"] is None
    assert plate in told["sentence"]
    await post.judged()
    (told,) = await listed(theirs)
    assert told["facts"]["port"] == third.port
    assert await listed(others) == []
    assert len(await listed(officer)) == 1


async def test_each_officer_of_the_port_marks_it_read_for_himself(post: Post) -> None:
    (first, officer), (second, _) = [await a_port(post) for _ in range(2)]
    colleague = first.officer(await first.hire())
    plate = own_plate()
    await came_in(first, plate)
    await came_in(second, plate)
    (told,) = await post.noticed(officer, KIND)
    assert (await officer.post(f"{LIST}/read", {"up_to": told["notice_id"]}))["unread"] == 0
    assert [one["read"] for one in await listed(officer)] == [True]
    assert (await colleague.get(f"{LIST}/unread"))["unread"] == 1


async def consenting(post: Post, place: Harbour, address: str) -> tuple[Reader, str]:
    """An officer of a port who wants to be told by e-mail, and who that is."""
    officer_id = await place.hire()
    reader = place.officer(officer_id)
    await post.consented(reader, "EMAIL", address)
    return reader, officer_id


async def left(post: Post, officer_id: str) -> list[tuple[str, str | None]]:
    """What became of what was to leave to an officer."""

    async def ended() -> list[tuple[str, str | None]] | None:
        rows = await post.window.sql.fetch(
            "SELECT state, last_error FROM notice_deliveries WHERE party = $1"
            " AND number IS NOT NULL AND ended_at IS NOT NULL",
            f"officer:{officer_id}",
        )
        return [(row["state"], row["last_error"]) for row in rows] or None

    return await sooner_or_later(ended)


async def test_an_officer_is_told_by_the_own_contact_and_a_colleague_without_one_is_not(
    post: Post, address: New
) -> None:
    (first, _), (second, _) = [await a_port(post) for _ in range(2)]
    plate, contact, theirs = own_plate(), address(), address()
    reader, officer_id = await consenting(post, first, contact)
    await consenting(post, second, theirs)
    await reader.post("/notices/v1/choices", {"language": "vi"})
    for place in (first, second):
        await came_in(place, plate)
    assert await left(post, officer_id) == [("SENT", None)]
    (text,) = [one for one in post.told(contact) if plate in one]
    assert text.startswith("Xe ")
    assert not [one for one in post.told(theirs) if plate in one]


@pytest.mark.parametrize("change", ["port = $2", "active = CAST($2 AS text) IS NULL"])
async def test_whoever_serves_there_no_more_is_told_no_more(
    post: Post, address: New, change: str
) -> None:
    (first, _), (second, _), (third, _) = [await a_port(post) for _ in range(3)]
    plate, contact = own_plate(), address()
    reader, officer_id = await consenting(post, first, contact)
    async with post.without("notices_sent"):
        for place in (first, second):
            await came_in(place, plate)
        await post.noticed(reader, KIND)
        await post.judged()
        await post.window.sql.execute(
            f"UPDATE officers SET {change} WHERE officer_id = $1",
            uuid_of(officer_id, "ofc"),
            third.port,
        )
    assert await left(post, officer_id) == [("DROPPED", "NOT_A_READER")]
    assert not [one for one in post.told(contact) if plate in one]
