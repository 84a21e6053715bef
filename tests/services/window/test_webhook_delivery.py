"""Webhooks: a party's own address is told what happens to its cases, signed, in order, again."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.declaration.domain.events import LotClosed
from services.window import worker
from services.window.commands import webhooks as webhook_commands
from tests.services.window.conftest import Desk
from tests.services.window.programmer import (
    PASSED,
    PATH,
    RELEASED,
    SECRET,
    Programmer,
    deliver,
    delivery_of,
)
from tests.support.ports import free_port
from tests.support.receiver import Receiver


async def patience_over(desk: Desk, webhook_id: str) -> None:
    """The time until the next attempt has gone by."""
    await desk.sql.execute(
        "UPDATE webhooks SET due_at = now() WHERE webhook_id = $1::uuid", webhook_id[4:]
    )


async def test_what_happens_to_my_cases_is_told_in_order_and_signed(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    mine, other = await programmer.lot(), await desk.file_lot(group="DX-OTHER", silent=True)
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


async def test_of_this_machine_nobody_learns_which_ports_are_open(
    desk: Desk, programmer: Programmer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is silent, one that speaks something else and one that is closed are told alike."""
    monkeypatch.setattr(worker, "_ANSWER_S", 1.0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def speaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await silent(reader, writer)

    async with AsyncExitStack() as open_ports:
        ports = [free_port()]
        for answering in (silent, speaking):
            server = await open_ports.enter_async_context(
                await asyncio.start_server(answering, "127.0.0.1", 0)
            )
            ports.append(server.sockets[0].getsockname()[1])
        webhooks = [await programmer.register(f"http://127.0.0.1:{port}/") for port in ports]
        await desk.say(await programmer.lot(), RELEASED, step="release")
        await deliver(desk)
        for webhook in webhooks:
            seen = await programmer.seen(webhook["webhook_id"])
            assert (seen["attempts"], seen["last_error"]) == (1, "UNREACHABLE")


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


@asynccontextmanager
async def delivering(desk: Desk) -> AsyncIterator[None]:
    """Delivery runs meanwhile."""
    running = asyncio.create_task(delivery_of(desk).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def taken(receiver: Receiver, number: int) -> None:
    """Until the receiver has taken so many messages."""
    async with asyncio.timeout(30):
        while len(receiver.told) < number:  # noqa: ASYNC110 - the receiver tells nobody
            await asyncio.sleep(0.02)


async def test_delivery_is_woken_by_events_and_by_a_wish_for_old_ones(
    desk: Desk, programmer: Programmer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look by itself only after an hour."""
    monkeypatch.setattr(worker, "LOOK_S", 3600.0)
    lot = await programmer.lot()
    async with delivering(desk):
        webhook = await programmer.register(receiver.url)
        await asyncio.sleep(0.5)
        await desk.say(lot, RELEASED, step="release")
        await taken(receiver, 1)
        await desk.say(lot, PASSED, step="gate")
        await taken(receiver, 2)
        await programmer.post(f"{PATH}/{webhook['webhook_id']}/replay", {"since": "0-0"})
        await taken(receiver, 4)
    assert receiver.types == ["LotReleased", "GatePassed"] * 2


@pytest.mark.parametrize("patience_s", [10.5, 0.0])
async def test_told_to_stop_delivery_finishes_or_gives_back_what_it_claimed(
    desk: Desk,
    programmer: Programmer,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    patience_s: float,
) -> None:
    """The next process delivers at once, and nothing that was told is told again."""
    monkeypatch.setattr(worker, "_FINISH_S", patience_s)
    webhook = await programmer.register(receiver.url)
    lot = await programmer.lot()
    async with delivering(desk):
        receiver.pause_s = 0.5
        await desk.say(lot, RELEASED, step="release")
        await desk.say(lot, PASSED, step="gate")
        async with asyncio.timeout(30):
            while not receiver.requests:  # noqa: ASYNC110 - the receiver tells nobody
                await asyncio.sleep(0.01)
    assert len(receiver.requests) == 1
    is_free = "SELECT leased_until <= now() FROM webhooks WHERE webhook_id = $1::uuid"
    assert await desk.sql.fetchval(is_free, webhook["webhook_id"][4:])
    receiver.pause_s = 0.0
    await deliver(desk)
    assert set(receiver.types) == {"LotReleased", "GatePassed"}
    if patience_s:
        assert receiver.types == ["LotReleased", "GatePassed"]


async def test_a_receiver_that_failed_is_tried_again_when_it_is_due(
    desk: Desk, programmer: Programmer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else happens meanwhile that would wake the delivery."""
    monkeypatch.setattr(worker, "LOOK_S", 3600.0)
    monkeypatch.setattr(webhook_commands, "wait_after", lambda _: timedelta(seconds=0.5))
    await programmer.register(receiver.url)
    receiver.answers = [500, 500]
    async with delivering(desk):
        await asyncio.sleep(0.3)
        await desk.say(await programmer.lot(), RELEASED, step="release")
        await taken(receiver, 1)
    assert len(receiver.requests) == 3


@pytest.mark.parametrize(
    ("said", "least_s", "most_s"),
    [("600", 590, 600), ("99999999", 86_390, 86_400), ("soon", 0, 5), ("-5", 0, 5)],
)
async def test_a_receiver_that_asks_for_time_is_given_it_up_to_a_day(
    desk: Desk,
    programmer: Programmer,
    receiver: Receiver,
    said: str,
    least_s: float,
    most_s: float,
) -> None:
    webhook = await programmer.register(receiver.url)
    receiver.answers, receiver.headers = [429], {"Retry-After": said}
    await desk.say(await programmer.lot(), RELEASED, step="release")
    await deliver(desk)
    due_at = datetime.fromisoformat((await programmer.seen(webhook["webhook_id"]))["due_at"])
    assert least_s <= (due_at - datetime.now(UTC)).total_seconds() <= most_s


async def test_a_secret_is_changed_without_a_message_that_nobody_can_verify(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook_id = (await programmer.register(receiver.url))["webhook_id"]
    another = "whsec_" + base64.b64encode(b"another one of the same programmer").decode()
    body = {"secret": another, "overlap_hours": 1}
    changed = await programmer.post(f"{PATH}/{webhook_id}/secret", body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["secret_before_until"] is not None
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await deliver(desk)
    await desk.sql.execute(
        "UPDATE webhooks SET secret_before_until = now() WHERE webhook_id = $1::uuid",
        webhook_id[4:],
    )
    await desk.say(lot, PASSED, step="gate")
    await deliver(desk)
    (both, told), (one, later) = receiver.requests
    assert Webhook(SECRET).verify(told, both) == Webhook(another).verify(told, both)
    assert Webhook(another).verify(later, one)["type"] == "GatePassed"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(later, one)


async def failing_for_an_hour(desk: Desk, webhook_id: str) -> None:
    await desk.sql.execute(
        "UPDATE webhooks SET due_at = now(), failing_since = now() - interval '1 hour'"
        " WHERE webhook_id = $1::uuid",
        webhook_id[4:],
    )


async def test_an_event_that_is_refused_for_an_hour_holds_up_the_others_no_longer(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    webhook_id = (await programmer.register(receiver.url))["webhook_id"]
    receiver.refuses = "LotReleased"
    lots = [await programmer.lot(), await programmer.lot()]
    for lot in lots:
        await desk.say(lot, RELEASED, step="release")
    await desk.say(lots[0], PASSED, step="gate")
    await deliver(desk)
    assert receiver.types == []
    await failing_for_an_hour(desk, webhook_id)
    await deliver(desk)
    assert receiver.types == ["GatePassed"]
    seen = await programmer.seen(webhook_id)
    assert (seen["passed_over"], seen["attempts"], seen["last_error"]) == (2, 0, None)
    receiver.refuses = None
    since = {"since": seen["last_passed_over"]}
    assert (await programmer.post(f"{PATH}/{webhook_id}/replay", since)).status_code == 200
    await deliver(desk)
    assert receiver.types == ["GatePassed", "GatePassed"]


@pytest.mark.parametrize("status", [422, 500, 503, 404])
async def test_a_receiver_that_takes_nothing_at_all_loses_nothing(
    desk: Desk, programmer: Programmer, receiver: Receiver, status: int
) -> None:
    webhook_id = (await programmer.register(receiver.url))["webhook_id"]
    receiver.answers = [status] * 4
    lot = await programmer.lot()
    await desk.say(lot, RELEASED, step="release")
    await desk.say(lot, PASSED, step="gate")
    await deliver(desk)
    await failing_for_an_hour(desk, webhook_id)
    await deliver(desk)
    receiver.answers = []
    await failing_for_an_hour(desk, webhook_id)
    await deliver(desk)
    assert receiver.types == ["LotReleased", "GatePassed"]
    assert (await programmer.seen(webhook_id))["passed_over"] == 0
