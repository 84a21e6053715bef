"""Webhooks as their party sets them: registered, replayed, removed; others have no part in them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.platform.tail import Position
from services.window.commands.webhooks import Turn, webhook_settle, webhooks_claim
from tests.services.window.conftest import Desk
from tests.services.window.programmer import (
    PATH,
    RELEASED,
    SECRET,
    Programmer,
    deliver,
)
from tests.support.log import log_stands
from tests.support.receiver import Receiver


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


async def test_the_secret_is_sealed_and_in_no_answer(desk: Desk, programmer: Programmer) -> None:
    webhook = await programmer.register("https://trader.example/hook")
    shown = json.dumps([webhook, await programmer.seen(webhook["webhook_id"])])
    row = await desk.sql.fetchrow(
        "SELECT * FROM webhooks WHERE webhook_id = $1::uuid", webhook["webhook_id"][4:]
    )
    answers = await desk.sql.fetch("SELECT body FROM stored_answers")
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
    await log_stands(desk.sql)
    async with desk.services.database.transaction() as tx:
        claimed = await webhooks_claim(tx, most=1000, lease=timedelta(minutes=1))
    row = next(r for r in claimed if r.webhook_id.hex == key)
    await programmer.post(f"{PATH}/{webhook['webhook_id']}/replay", {"since": "0-0"})
    async with desk.services.database.transaction() as tx:
        for each in claimed:
            place = Position(each.after_xid, each.after_number)
            turn = Turn(place, error="TIMEOUT" if each is row else None)
            await webhook_settle(tx, each, turn=turn, now=datetime.now(UTC))
    shown = await programmer.seen(webhook["webhook_id"])
    assert (shown["attempts"], shown["failing_since"], shown["position"]) == (0, None, "0-0")
    await deliver(desk)
    assert "LotReleased" in receiver.types
