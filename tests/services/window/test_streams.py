"""Streams over a real HTTP server: replayed, resumed, alive, and ended cleanly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
import uvicorn

from deploy.sandbox.token import token
from services.declaration.domain.events import LotClosed, LotReleased
from services.gate.domain.events import GatePassed
from services.kernel.messages import Actor
from services.kernel.notes import ActRefused
from services.window.api import WindowServices, streams
from services.window.api.services import OpenStreams
from services.window.service import MANIFEST
from tests.services.window.conftest import GROUP, Desk
from tests.support.patience import LOOKS

PATIENCE_S = 60.0
RELEASED = LotReleased(lane="GREEN", in_time=True)
PASSED = GatePassed(vehicle_plate="TEST-1", gross_kg="110.000")


@dataclass
class Reader:
    """One open stream, read message by message."""

    lines: AsyncIterator[str]
    comments: list[str] = field(default_factory=list)

    async def message(self) -> dict[str, Any]:
        """The next message with data; the id of those without is skipped, as a browser does."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.lines:
                if line.startswith(":"):
                    self.comments.append(line)
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    return {"id": fields["id"], "event": fields["event"]} | {
                        "data": json.loads(fields["data"])
                    }
                else:
                    fields = {}
        raise EOFError

    async def ends(self) -> bool:
        """Whether the stream ends by itself."""
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self.lines:
                pass
        return True


@dataclass
class Streaming:
    """A window that serves over a socket."""

    desk: Desk
    services: WindowServices
    server: uvicorn.Server
    http: httpx2.AsyncClient

    @asynccontextmanager
    async def open(
        self, path: str, *, last: str | None = None, hours: float = 1, party: str = f"group:{GROUP}"
    ) -> AsyncIterator[Reader]:
        """A stream as the clerk reads it."""
        role = {"group": "clerk", "auditor": "auditor"}[party.partition(":")[0]]
        headers = {"authorization": f"Bearer {self.desk.token(role, party, hours=hours)}"}
        if last is not None:
            headers["last-event-id"] = last
        async with self.http.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield Reader(answer.aiter_lines())


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Fails when it does not in time."""
    for _ in range(int(PATIENCE_S / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not come about in time")


@pytest.fixture
async def streaming(desk: Desk) -> AsyncIterator[Streaming]:
    """The window on a loopback port of its own."""
    services = replace(desk.services, streams=OpenStreams(limit=3))
    config = uvicorn.Config(MANIFEST.app(services), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        yield Streaming(desk, services, server, http)
    services.streams.close()
    server.should_exit = True
    await asyncio.wait_for(serving, PATIENCE_S)


async def test_a_case_is_replayed_from_its_first_event_and_then_followed(
    streaming: Streaming,
) -> None:
    lot_id = await streaming.desk.file_lot(silent=True)
    await streaming.desk.say(lot_id, RELEASED, step="one")

    async with streaming.open(f"/window/v1/cases/{lot_id}/stream") as reader:
        first = await reader.message()
        await streaming.desk.say(lot_id, PASSED, step="two")
        second = await reader.message()

    assert [first["event"], second["event"]] == ["LotReleased", "GatePassed"]
    assert (first["data"]["id"], first["data"]["subject"]) == (f"{lot_id}/1", lot_id)
    passed = {"gross_kg": "110.000", "vehicle_plate": "TEST-1", "rules": list(PASSED.rules)}
    assert second["data"]["data"] == passed


async def test_last_event_id_resumes_a_case_where_its_reader_left(streaming: Streaming) -> None:
    lot_id = await streaming.desk.file_lot(silent=True)
    for step, event in enumerate((RELEASED, PASSED, LotClosed())):
        await streaming.desk.say(lot_id, event, step=str(step))

    path = f"/window/v1/cases/{lot_id}/stream"
    async with streaming.open(path) as reader:
        first = await reader.message()
    async with streaming.open(path, last=first["id"]) as reader:
        rest = [await reader.message(), await reader.message()]

    assert [m["event"] for m in rest] == ["GatePassed", "LotClosed"]


async def test_the_stream_of_all_cases_shows_own_cases_only(streaming: Streaming) -> None:
    own = await streaming.desk.file_lot()
    foreign = await streaming.desk.file_lot(group="DX-G910")

    async with streaming.open("/window/v1/stream") as reader:
        await asyncio.sleep(0.3)
        await streaming.desk.say(foreign, RELEASED, step="one")
        await streaming.desk.say(own, RELEASED, step="one")
        seen = [(await reader.message())["data"]["subject"]]
        # What an older transaction held back when the stream was opened comes first.
        while seen[-1] != own:
            seen.append((await reader.message())["data"]["subject"])

    assert foreign not in seen


async def test_the_stream_of_all_cases_resumes_at_a_place_in_the_log(
    streaming: Streaming,
) -> None:
    group = "DX-G911"
    one = await streaming.desk.file_lot(group=group)
    two = await streaming.desk.file_lot(group=group)
    await streaming.desk.say(one, RELEASED, step="one")
    await streaming.desk.say(two, RELEASED, step="one")

    party = f"group:{group}"
    async with streaming.open("/window/v1/stream", last="0-0", party=party) as reader:
        first = await reader.message()
        second = await reader.message()
    async with streaming.open("/window/v1/stream", last=first["id"], party=party) as reader:
        again = await reader.message()

    assert [first["data"]["subject"], second["data"]["subject"]] == [one, two]
    assert again["data"] == second["data"]


async def test_a_quiet_stream_has_a_heartbeat(
    streaming: Streaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.1)
    lot_id = await streaming.desk.file_lot()

    async with streaming.open(f"/window/v1/cases/{lot_id}/stream") as reader:
        await reader.message()
        await asyncio.sleep(0.5)
        await streaming.desk.say(lot_id, RELEASED, step="one")
        await reader.message()

    assert ": heartbeat" in reader.comments


async def test_a_reader_who_leaves_gives_its_place_back(streaming: Streaming) -> None:
    lot_id = await streaming.desk.file_lot()
    await streaming.desk.say(lot_id, RELEASED, step="one")
    places = streaming.services.streams

    async with streaming.open(f"/window/v1/cases/{lot_id}/stream") as reader:
        await reader.message()
        assert places.open == 1
    await until(lambda: places.open == 0)


async def test_streams_end_when_the_process_stops(streaming: Streaming) -> None:
    lot_id = await streaming.desk.file_lot()

    async with streaming.open(f"/window/v1/cases/{lot_id}/stream") as reader:
        await asyncio.sleep(0.1)
        streaming.services.streams.close()
        assert await reader.ends()


async def test_a_stream_ends_with_the_token_of_its_reader(streaming: Streaming) -> None:
    lot_id = await streaming.desk.file_lot()

    path = f"/window/v1/cases/{lot_id}/stream"
    async with streaming.open(path, hours=2 / 3600) as reader:
        assert await reader.ends()


async def test_more_streams_than_the_process_bears_are_sent_elsewhere(
    streaming: Streaming,
) -> None:
    streaming.services.streams.open = streaming.services.streams.limit
    bearer = {"authorization": f"Bearer {streaming.desk.token('clerk', f'group:{GROUP}')}"}

    answer = await streaming.http.get("/window/v1/stream", headers=bearer)

    streaming.services.streams.open = 0
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_nobody_opens_all_streams(streaming: Streaming) -> None:
    streams = streaming.services.streams
    streams.limit, streams.per_subject, streams.per_party = 100, 2, 3
    path = "/window/v1/stream"

    def bearer(subject: str, group: str) -> dict[str, str]:
        minted = token(
            streaming.desk.key, role="clerk", party=f"group:{group}", subject=subject, hours=1
        )
        return {"authorization": f"Bearer {minted}"}

    async def opened(stack: AsyncExitStack, subject: str, group: str = GROUP) -> int:
        stream = streaming.http.stream("GET", path, headers=bearer(subject, group))
        return (await stack.enter_async_context(stream)).status_code

    async with AsyncExitStack() as stack:
        assert [await opened(stack, "anna") for _ in range(3)] == [200, 200, 429]
        assert [await opened(stack, "bao") for _ in range(2)] == [200, 429]
        assert await opened(stack, "anna", "DX-G911") == 200
        assert streams.open == 4
    for _ in range(LOOKS):
        if not streams.open:
            break
        await asyncio.sleep(0.05)
    assert (streams.open, dict(streams.of)) == (0, {})


async def test_an_id_of_the_stream_of_all_cases_says_nothing_of_what_else_happens(
    streaming: Streaming,
) -> None:
    """Neither how far two places lie apart nor, from place to place, whether anything went by."""
    own = await streaming.desk.file_lot(group="DX-G913")
    ids, party = set(), "group:DX-G913"
    for _ in range(3):
        async with streaming.open("/window/v1/stream", last="0-0", party=party) as reader:
            ids.add((await reader.message())["id"])
    assert len(ids) == 3
    assert {len(id_) for id_ in ids} == {59}
    async with streaming.open("/window/v1/stream", last=ids.pop(), party=party) as reader:
        await streaming.desk.say(own, RELEASED, step="one")
        assert (await reader.message())["event"] == "LotReleased"


async def test_a_reader_is_sent_nothing_when_others_events_go_by(streaming: Streaming) -> None:
    own = await streaming.desk.file_lot()
    foreign = await streaming.desk.file_lot(group="DX-G910")
    async with streaming.open("/window/v1/stream") as reader:
        before = [await anext(reader.lines) for _ in range(4)]
        for step in range(3):
            await streaming.desk.say(foreign, RELEASED, step=str(step))
            await asyncio.sleep(0.1)
        await streaming.desk.say(own, RELEASED, step="one")
        after = [await anext(reader.lines) for _ in range(3)]
    assert [line[:3] for line in before] == [": s", "", "id:", ""]
    assert [line[:3] for line in after] == ["id:", "eve", "dat"]


@pytest.mark.parametrize("last", ["abc", "1-", "-1", "4711-98", "99999999999999999999-1", "A" * 59])
async def test_an_unknown_place_in_the_log_is_refused(desk: Desk, last: str) -> None:
    bearer = {"authorization": f"Bearer {desk.token('clerk', f'group:{GROUP}')}"}

    answer = await desk.http.get("/window/v1/stream", headers=bearer | {"last-event-id": last})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/header/Last-Event-ID"


async def test_nobody_streams_a_strangers_case(desk: Desk) -> None:
    lot_id = await desk.file_lot()

    answer = await desk.get(f"/window/v1/cases/{lot_id}/stream", party="group:DX-G912")

    assert answer.status_code == 404


async def test_a_stream_is_silent_on_refused_acts_of_others(streaming: Streaming) -> None:
    note = ActRefused(act="gate_pass", code="GATE_WEIGHT_DIFFERS", reasons=())
    gate = Actor(subject="gate-1", party="gate:DX-1", role="gate")
    lot_id = await streaming.desk.file_lot(silent=True)
    await streaming.desk.say(lot_id, RELEASED, step="one")
    await streaming.desk.say(lot_id, note, step="refused", actor=gate)
    await streaming.desk.say(lot_id, PASSED, step="two")

    async def told(path: str, party: str) -> list[str]:
        seen: list[str] = []
        async with streaming.open(
            path, last="0-0" if path.endswith("v1/stream") else None, party=party
        ) as reader:
            while "GatePassed" not in seen:
                message = await reader.message()
                if message["data"]["subject"] == lot_id:
                    seen.append(message["event"])
        return seen

    for path in (f"/window/v1/cases/{lot_id}/stream", "/window/v1/stream"):
        assert await told(path, f"group:{GROUP}") == ["LotReleased", "GatePassed"]
        assert await told(path, "auditor:A") == ["LotReleased", "ActRefused", "GatePassed"]
