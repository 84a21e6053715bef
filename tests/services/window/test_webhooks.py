"""Webhooks: a party's own address is told what happens to its cases, signed, in order, again."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import uvicorn
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response

from services.declaration.domain.events import GatePassed, LotClosed, LotReleased
from services.platform.tail import Position
from services.window.commands.webhooks import webhook_settle, webhooks_claim
from services.window.worker import Delivery
from tests.services.window.conftest import Desk

PATH = "/window/v1/webhooks"
SECRET = "whsec_" + base64.b64encode(b"only for the tests of webhooks").decode()
RELEASED = LotReleased(lane="GREEN", in_time=True)
PASSED = GatePassed(vehicle_plate="TEST-1", gross_kg="110.000")


class Receiver:
    """A trader's program: it remembers what it was told, and may be out of order."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        """The next statuses to answer with; 204 when none are left."""
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        self.requests.append((dict(request.headers), body))
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.told.append(json.loads(body))
        await Response(status_code=status)(scope, receive, send)

    @property
    def types(self) -> list[str]:
        """The types of the events it took."""
        return [message["type"] for message in self.told]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    program = Receiver()
    config = uvicorn.Config(program, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    program.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
    yield program
    server.should_exit = True
    await serving


class Programmer:
    """Somebody who registers webhooks for a group of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.group = f"DX-{uuid4().hex[:8]}"

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        bearer = self.desk.token("clerk", f"group:{self.group}")
        headers = {"authorization": f"Bearer {bearer}", "idempotency-key": uuid4().hex}
        return await self.desk.http.post(path, headers=headers, json=body)

    async def register(self, url: str, **also: Any) -> dict[str, Any]:
        answer = await self.post(PATH, {"url": url, "secret": SECRET, **also})
        assert answer.status_code == 201, answer.text
        registered: dict[str, Any] = answer.json()
        return registered

    async def seen(self, webhook_id: str) -> dict[str, Any]:
        answer = await self.desk.get(f"{PATH}/{webhook_id}", party=f"group:{self.group}")
        shown: dict[str, Any] = answer.json()
        return shown

    async def lot(self) -> str:
        return await self.desk.file_lot(group=self.group)


@pytest.fixture
def programmer(desk: Desk) -> Programmer:
    return Programmer(desk)


async def deliver(desk: Desk, *, sandbox: bool = True) -> None:
    """Turns of delivery until nothing is left to deliver now."""
    await log_stands(desk)
    delivery = Delivery(desk.services.database, vault=desk.services.vault, sandbox=sandbox)
    async with delivery.client() as http, asyncio.timeout(30):
        while turns := await delivery.begin(http, most=16):
            await asyncio.gather(*turns)


async def log_stands(desk: Desk) -> None:
    """Until no transaction of the server is older than the newest event: then it can be read."""
    newest = "SELECT coalesce(max(xid), '3') < pg_snapshot_xmin(pg_current_snapshot()) FROM events"
    async with asyncio.timeout(30):
        while not await desk.sql.fetchval(newest):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


async def patience_over(desk: Desk, webhook_id: str) -> None:
    """The time until the next attempt has gone by."""
    await desk.sql.execute(
        "UPDATE webhooks SET due_at = now() WHERE webhook_id = $1::uuid", webhook_id[4:]
    )


async def test_what_happens_to_my_cases_is_told_in_order_and_signed(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    mine, other = await programmer.lot(), await desk.file_lot(group="DX-OTHER")
    for lot in (mine, other):
        await desk.say(lot, RELEASED, step="release")
        await desk.say(lot, PASSED, step="gate")
    await desk.say(mine, LotClosed(), step="close")
    await deliver(desk)
    assert receiver.types == ["LotReleased", "GatePassed", "LotClosed"]
    assert {message["subject"] for message in receiver.told} == {mine}
    assert receiver.told[0]["specversion"] == "1.0"
    for headers, body in receiver.requests:
        assert Webhook(SECRET).verify(body, headers)["id"] == headers["webhook-id"]
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 3


async def test_only_the_event_types_asked_for_are_told(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url, event_types=["LotClosed"])
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await desk.say(lot, LotClosed(), step="close")
    await deliver(desk)
    assert receiver.types == ["LotClosed"]


async def test_a_receiver_that_fails_is_told_again_and_nothing_is_left_out(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    lot = await programmer.lot()
    receiver.answers = [204, 503]
    await desk.say(lot, RELEASED, step="release")
    await desk.say(lot, PASSED, step="gate")
    await deliver(desk)
    failing = await programmer.seen(webhook["webhook_id"])
    assert (failing["state"], failing["attempts"], failing["last_error"]) == (
        "ACTIVE",
        1,
        "HTTP_503",
    )
    assert datetime.fromisoformat(failing["due_at"]) > datetime.now(UTC)
    await deliver(desk)
    assert receiver.types == ["LotReleased"]
    await patience_over(desk, webhook["webhook_id"])
    await deliver(desk)
    assert receiver.types == ["LotReleased", "GatePassed"]
    assert receiver.requests[1][0]["webhook-id"] == receiver.requests[2][0]["webhook-id"]
    whole = await programmer.seen(webhook["webhook_id"])
    assert (whole["attempts"], whole["failing_since"], whole["last_error"]) == (0, None, None)


async def test_nobody_at_the_address_is_a_failure_like_any_other(
    desk: Desk, programmer: Programmer
) -> None:
    webhook = await programmer.register("http://127.0.0.1:9/nobody")
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await deliver(desk)
    assert (await programmer.seen(webhook["webhook_id"]))["last_error"] == "UNREACHABLE"


async def test_a_receiver_that_is_gone_is_suspended_until_its_party_wants_a_replay(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    receiver.answers = [410]
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await deliver(desk)
    gone = await programmer.seen(webhook["webhook_id"])
    assert (gone["state"], gone["last_error"]) == ("SUSPENDED", "HTTP_410")
    path = f"{PATH}/{webhook['webhook_id']}/replay"
    again = await programmer.post(path, {"since": gone["position"]})
    assert again.json()["state"] == "ACTIVE"
    await deliver(desk)
    assert receiver.types == ["LotReleased"]


async def test_a_replay_from_the_beginning_tells_all_again_under_the_same_ids(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await deliver(desk)
    await programmer.post(f"{PATH}/{webhook['webhook_id']}/replay", {"since": "0-0"})
    await deliver(desk)
    assert receiver.told == [receiver.told[0]] * 2


async def test_a_removed_webhook_is_told_nothing_and_its_secret_is_forgotten(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    path = f"{PATH}/{webhook['webhook_id']}"
    assert (await programmer.post(f"{path}/removal")).json()["state"] == "REMOVED"
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await deliver(desk)
    assert receiver.requests == []
    listed = await desk.get(PATH, party=f"group:{programmer.group}")
    assert listed.json() == {"items": [], "next_cursor": None}
    assert (await programmer.post(f"{path}/replay", {"since": "0-0"})).status_code == 409
    kept = await desk.sql.fetchval(
        "SELECT secret_sealed FROM webhooks WHERE webhook_id = $1::uuid", webhook["webhook_id"][4:]
    )
    assert kept == b""


async def test_two_processes_that_deliver_at_once_tell_each_event_once(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await desk.say(lot, PASSED, step="gate")
    await asyncio.gather(deliver(desk), deliver(desk))
    assert receiver.types == ["LotReleased", "GatePassed"]


async def test_a_process_that_died_while_delivering_gives_its_webhook_back(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    await desk.say(await programmer.lot(), RELEASED, step="release")
    lease = "UPDATE webhooks SET leased_until = now() + $2 WHERE webhook_id = $1::uuid"
    await desk.sql.execute(lease, webhook["webhook_id"][4:], timedelta(minutes=1))
    await deliver(desk)
    assert receiver.told == []
    await desk.sql.execute(lease, webhook["webhook_id"][4:], timedelta(0))
    await deliver(desk)
    assert receiver.types == ["LotReleased"]


async def test_the_secret_is_sealed_and_in_no_answer(desk: Desk, programmer: Programmer) -> None:
    webhook = await programmer.register("https://trader.example/hook")
    shown = json.dumps([webhook, await programmer.seen(webhook["webhook_id"])])
    row = await desk.sql.fetchrow(
        "SELECT * FROM webhooks WHERE webhook_id = $1::uuid", webhook["webhook_id"][4:]
    )
    answers = await desk.sql.fetch("SELECT body FROM idempotency_keys")
    everything = shown + str(row) + str([dict(a) for a in answers])
    assert SECRET not in everything
    assert "only for the tests of webhooks" not in everything


async def test_others_neither_see_nor_touch_a_webhook(desk: Desk, programmer: Programmer) -> None:
    webhook = await programmer.register("https://trader.example/hook")
    stranger = Programmer(desk)
    path = f"{PATH}/{webhook['webhook_id']}"
    assert (await desk.get(path, party=f"group:{stranger.group}")).status_code == 404
    assert (await stranger.post(f"{path}/removal")).status_code == 404
    assert (await stranger.post(f"{path}/replay", {"since": "0-0"})).status_code == 404
    assert (await programmer.seen(webhook["webhook_id"]))["state"] == "ACTIVE"


async def test_a_party_has_ten_webhooks_and_not_one_more(
    desk: Desk, programmer: Programmer
) -> None:
    asked = {"url": "https://trader.example/hook", "secret": SECRET}
    answers = await asyncio.gather(*(programmer.post(PATH, asked) for _ in range(14)))
    assert sorted(a.status_code for a in answers) == [201] * 10 + [409] * 4
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"WEBHOOK_LIMIT"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://trader.example/hook"),
        ("url", "https://"),
        ("url", "https://user:word@trader.example/hook"),
        ("url", "https://trader.example:99999/hook"),
        ("url", "ftp://trader.example/hook"),
        ("url", "https://trader..example/hook"),
        ("url", f"https://{'a' * 64}.example/hook"),
        ("url", "https://例え..テスト/hook"),
        ("url", "https://[v1.x]/hook"),
        ("url", "https://trader.example/a b"),
        ("url", "https://trader.example/\n"),
        ("url", "https://trader.example/\x00"),
        ("since", "9223372036854775807-1"),
        ("url", "https://trader.example/450681189001011230"),
        ("secret", "whsec_c2hvcnQ="),
        ("secret", "not-base64"),
        ("event_types", []),
        ("event_types", ["lot released"]),
        ("event_types", ["LotRelease"]),
        ("since", "yesterday"),
        ("since", "-1-0"),
    ],
)
async def test_what_cannot_be_meant_is_refused_where_it_stands(
    programmer: Programmer, field: str, value: Any
) -> None:
    asked = {"url": "https://trader.example/hook", "secret": SECRET, field: value}
    answer = await programmer.post(PATH, asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert SECRET not in answer.text


async def test_outside_a_sandbox_nothing_is_delivered_into_a_private_network(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook = await programmer.register(receiver.url)
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await deliver(desk, sandbox=False)
    assert receiver.requests == []
    assert (await programmer.seen(webhook["webhook_id"]))["last_error"] == "ADDRESS_NOT_PUBLIC"


async def test_one_address_that_cannot_be_resolved_holds_up_nobody_else(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    broken = await programmer.register(receiver.url)
    await desk.sql.execute(
        "UPDATE webhooks SET url = 'https://a..b/' WHERE webhook_id = $1::uuid",
        broken["webhook_id"][4:],
    )
    await programmer.register(receiver.url)
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await deliver(desk)
    assert receiver.types == ["LotReleased"]
    assert (await programmer.seen(broken["webhook_id"]))["last_error"] == "UNREACHABLE"


async def test_a_replay_while_delivery_is_under_way_stands(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    """What its party sets is not overwritten by a turn that began before."""
    webhook = await programmer.register(receiver.url)
    key = webhook["webhook_id"][4:]
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await desk.sql.execute(
        "UPDATE webhooks SET failing_since = now() - interval '4 days', attempts = 90"
        " WHERE webhook_id = $1::uuid",
        key,
    )
    await log_stands(desk)
    async with desk.services.database.transaction() as tx:
        claimed = await webhooks_claim(tx, most=1000, lease=timedelta(minutes=1))
    row = next(r for r in claimed if r.webhook_id.hex == key)
    await programmer.post(f"{PATH}/{webhook['webhook_id']}/replay", {"since": "0-0"})
    async with desk.services.database.transaction() as tx:
        for each in claimed:
            place = Position(each.after_xid, each.after_number)
            error = "TIMEOUT" if each is row else None
            now = datetime.now(UTC)
            await webhook_settle(tx, each, place=place, delivered=0, error=error, now=now)
    shown = await programmer.seen(webhook["webhook_id"])
    assert (shown["attempts"], shown["failing_since"], shown["position"]) == (0, None, "0-0")
    await deliver(desk)
    assert "LotReleased" in receiver.types
