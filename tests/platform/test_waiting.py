"""Waiting instead of polling: ``Prefer: wait`` and ``If-None-Match`` on what changes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from deploy.bench.processes import served
from deploy.operate.assembly import Assembly
from deploy.operate.window import all_in_one
from deploy.sandbox.parties import Party
from services.platform import tail
from services.platform.waiting import WaitingRoom
from tests.support.harbour import PASSED, Harbour
from tests.support.window import Group, Window, lot_body

PATIENCE_S = 30.0


async def read(
    party: Party, lot_id: str, *, wait: str | None = None, known: str | None = None
) -> httpx2.Response:
    """The lot, perhaps waited for."""
    headers = {"Authorization": f"Bearer {party.bearer}"}
    if wait is not None:
        headers["Prefer"] = wait
    if known is not None:
        headers["If-None-Match"] = known
    return await party.http.get(f"/declaration/v1/lots/{lot_id}", headers=headers)


async def confirm(group: Group, lot_id: str) -> None:
    """The clerk confirms every share."""
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True})


async def begun(window: Window, waiting: int = 1) -> None:
    """Wait until so many wait in the window."""
    room = window.assembly.waiting("declaration")
    async with asyncio.timeout(PATIENCE_S):
        while room.of.total() != waiting:  # noqa: ASYNC110 - the room tells nobody
            await asyncio.sleep(0.02)


async def test_who_waits_is_answered_when_another_party_changes_the_lot(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    clerk = await read(group.clerk, lot_id)
    phone = await harbour.window.phone(group.residents[0])

    waiting = asyncio.create_task(read(phone, lot_id, wait="wait=30", known=clerk.headers["etag"]))
    await begun(harbour.window)
    assert not waiting.done()
    await confirm(group, lot_id)
    answer = await waiting

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=30"
    assert answer.json()["version"] > clerk.json()["version"]
    assert answer.headers["etag"] != clerk.headers["etag"]


async def test_without_a_version_one_waits_for_the_decision(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)

    waiting = asyncio.create_task(read(group.clerk, lot_id, wait="wait=30"))
    await begun(harbour.window)
    await confirm(group, lot_id)

    assert (await waiting).json()["state"] == "RELEASED"


async def test_an_officer_is_answered_when_the_other_has_said_what_was_found(
    harbour: Harbour,
) -> None:
    lot = await harbour.inspected(await harbour.group())
    one, other = await harbour.officers(lot["order_id"])
    path = f"/inspection/v1/orders/{lot['order_id']}"
    shown = await other.get(path)

    waiting = asyncio.create_task(other.later(path, shown["version"]))
    await begun(harbour.window)
    await one.post(f"{path}/findings", PASSED)

    found = await waiting
    assert found is not None
    assert found["state"] == "AWAITING_SIGNATURE"


@pytest.mark.slow
async def test_a_version_that_stays_is_not_modified(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    known = (await read(group.clerk, lot_id)).headers["etag"]

    at_once = await read(group.clerk, lot_id, known=known)
    waited = await read(group.clerk, lot_id, wait="wait=1", known=f'"7000", W/{known}')
    any_version = await read(group.clerk, lot_id, wait="wait=1", known="*")

    for answer in (at_once, waited, any_version):
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == known
    assert "preference-applied" not in at_once.headers
    assert waited.headers["preference-applied"] == "wait=1"


@pytest.mark.slow
async def test_patience_ends_with_the_lot_as_it_is(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    answer = await read(group.clerk, lot_id, wait="respond-async, wait=1")
    assert (answer.status_code, answer.json()["state"]) == (200, "SUBMITTED")


@pytest.mark.parametrize("known", ['"2"', '"-1"', '""', "none", '"', "1", '"' + "9" * 150 + '"'])
async def test_a_version_that_never_was_is_another_one(harbour: Harbour, known: str) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    answer = await read(group.clerk, lot_id, wait="wait=30", known=known)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


@pytest.mark.parametrize(
    "wait",
    ["wait=", "wait=-5", "wait=soon", "wait=1e9", "wait=5.5", "wait", "=", "wait=0", "x" * 90],
)
async def test_a_preference_that_says_nothing_is_passed_over(harbour: Harbour, wait: str) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    answer = await read(group.clerk, lot_id, wait=wait)
    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


async def test_nobody_waits_longer_than_thirty_seconds(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    answer = await read(group.clerk, lot_id, wait="wait=999999999", known='"2"')
    assert answer.headers["preference-applied"] == "wait=30"


async def test_what_is_not_ones_own_is_not_waited_for(harbour: Harbour) -> None:
    lot_id = await harbour.accepted(await harbour.group())
    stranger = (await harbour.group()).clerk
    answer = await read(stranger, lot_id, wait="wait=30", known='"1"')
    assert answer.status_code == 404


async def test_a_declaration_that_is_waited_for_says_so(harbour: Harbour) -> None:
    group = await harbour.group()
    headers = {
        "Authorization": f"Bearer {group.clerk.bearer}",
        "Idempotency-Key": "one-that-waits-" + group.code,
        "Prefer": "wait=1",
    }
    body = lot_body(group, port=harbour.port)
    answer = await group.clerk.http.post("/declaration/v1/lots", json=body, headers=headers)
    assert (answer.status_code, answer.headers["preference-applied"]) == (201, "wait=1")


@asynccontextmanager
async def room_for(window: Window, **bounds: int) -> AsyncIterator[WaitingRoom]:
    """The window's room for those who wait, with other bounds."""
    room = window.assembly.waiting("declaration")
    before = dataclasses.replace(room)
    for name, bound in bounds.items():
        setattr(room, name, bound)
    yield room
    room.limit, room.per_subject = before.limit, before.per_subject


@pytest.mark.slow
async def test_one_subject_takes_only_so_much_of_the_room(harbour: Harbour) -> None:
    group, other = await harbour.group(), await harbour.group()
    lot_id, others = await harbour.accepted(group), await harbour.accepted(other)
    async with room_for(harbour.window, per_subject=2):
        waits = [asyncio.create_task(read(group.clerk, lot_id, wait="wait=30")) for _ in range(2)]
        await begun(harbour.window, 2)
        third = await read(group.clerk, lot_id, wait="wait=30")
        fourth = asyncio.create_task(read(other.clerk, others, wait="wait=1"))
        assert (third.status_code, third.headers["retry-after"]) == (429, "1")
        assert (await fourth).status_code == 200
        assert (await read(group.clerk, lot_id)).status_code == 200
        await confirm(group, lot_id)
        assert {(await wait).status_code for wait in waits} == {200}
    await begun(harbour.window, 0)


async def test_an_accepted_lot_is_answered_though_nobody_may_wait_any_more(
    harbour: Harbour,
) -> None:
    group = await harbour.group()
    headers = {
        "Authorization": f"Bearer {group.clerk.bearer}",
        "Idempotency-Key": "one-without-room-" + group.code,
        "Prefer": "wait=30",
    }
    async with room_for(harbour.window, limit=0):
        body = lot_body(group, port=harbour.port)
        answer = await group.clerk.http.post("/declaration/v1/lots", json=body, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (201, "SUBMITTED")


@asynccontextmanager
async def a_window(window: Window, **changes: int) -> AsyncIterator[tuple[Assembly, str]]:
    """Another window on the same database that answers on a socket, without relay and workers."""
    assembly = Assembly.create(window.assembly.settings.model_copy(update=changes))
    async with served(all_in_one(assembly)) as port:
        yield assembly, f"http://127.0.0.1:{port}"
        assembly.stop_waiting()
    await assembly.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.02)


async def test_an_answer_is_woken_by_the_commit_of_another_process(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever is not rung for would look by himself long after the caller has gone.
    monkeypatch.setattr(tail, "LOOK_S", 3600.0)
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    async with (
        a_window(harbour.window) as (there, address),
        httpx2.AsyncClient(base_url=address, timeout=60) as http,
    ):
        reader = dataclasses.replace(group.clerk, http=http)
        waiting = asyncio.create_task(read(reader, lot_id, wait="wait=30", known='"1"'))
        await until(lambda: there.waiting("declaration").of.total() == 1)
        await asyncio.sleep(0.5)
        await confirm(group, lot_id)
        assert (await waiting).status_code == 200


async def test_those_who_wait_take_no_room_at_work_and_leave_nothing_behind(
    harbour: Harbour,
) -> None:
    """A window that takes in two requests at once, three callers who wait, and then hang up."""
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    async with a_window(harbour.window, intake_limit=2) as (there, address):
        room = there.waiting("declaration")
        async with httpx2.AsyncClient(base_url=address, timeout=60) as http:
            reader = dataclasses.replace(group.clerk, http=http)
            waits = []
            for _ in range(3):
                waits.append(asyncio.create_task(read(reader, lot_id, wait="wait=30", known='"1"')))
                await until(lambda: room.of.total() == len(waits))
            assert (await read(reader, lot_id)).status_code == 200
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            await until(lambda: room.of.total() == 0)
            assert not room.of
            assert (await read(reader, lot_id)).status_code == 200


async def test_a_process_that_stops_answers_those_who_wait(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    async with (
        a_window(harbour.window) as (there, address),
        httpx2.AsyncClient(base_url=address, timeout=60) as http,
    ):
        reader = dataclasses.replace(group.clerk, http=http)
        waiting = asyncio.create_task(read(reader, lot_id, wait="wait=30", known='"1"'))
        await until(lambda: there.waiting("declaration").of.total() == 1)
        there.stop_waiting()
        async with asyncio.timeout(25):
            assert (await waiting).status_code == 304


async def test_a_wait_outlives_the_sessions_of_its_process(harbour: Harbour) -> None:
    """The server ends every session, as one that restarts does, while somebody waits."""
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    async with (
        a_window(harbour.window) as (there, address),
        httpx2.AsyncClient(base_url=address, timeout=60) as http,
    ):
        reader = dataclasses.replace(group.clerk, http=http)
        waiting = asyncio.create_task(read(reader, lot_id, wait="wait=30", known='"1"'))
        await until(lambda: there.waiting("declaration").of.total() == 1)
        await harbour.window.sql.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'tw_declaration'"
        )
        await asyncio.sleep(0.2)
        for _ in range(5):
            answer = await group.clerk.try_post(
                f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True}
            )
            if answer.status_code != 503:
                break
        assert answer.status_code == 200
        assert (await waiting).status_code == 200
