"""Customs is told of a truck that comes in elsewhere: the port's own, once, and nobody besides."""

from __future__ import annotations

from typing import Any

from tests.services.notices.conftest import LIST, Post
from tests.support.harbour import Harbour, open_port
from tests.support.plates import own_plate
from tests.support.reading import Reader

KIND = "TRUCK_ELSEWHERE"


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


async def test_officers_choose_no_way_by_which_they_are_told_elsewhere(post: Post) -> None:
    _, officer = await a_port(post)
    refused = await officer.try_post("/notices/v1/choices", {"language": "en"})
    assert refused.status_code == 403
