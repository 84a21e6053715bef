"""A contact is confirmed before it is used, known to its owner alone, and nobody's target."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest

from services.notices.commands.choices import codes_forget
from services.portal.sessions import claims_of
from tests.services.notices.conftest import Post
from tests.support.reading import Reader
from tests.support.window import Window

CHOICES: Final = "/notices/v1/choices"
CONTACTS: Final = "/notices/v1/contacts"
EACH_ONES: Final = ("request_id", "at")
"""What differs from one answer to the next."""
New = Callable[[], str]


@pytest.fixture
async def member(post: Post) -> Reader:
    """A resident of a group of its own."""
    group = await post.window.group(1, mandated=False)
    return await post.window.phone(group.residents[0])


async def _of(reader: Reader, channel: str) -> dict[str, Any]:
    channels = (await reader.get(CHOICES))["channels"]
    return next(one for one in channels if one["channel"] == channel)


def _asked(contact: str) -> dict[str, Any]:
    channel = "EMAIL" if "@" in contact else "SMS"
    return {"channel": channel, "contact": contact, "consent": True}


async def test_nobody_is_told_outside_the_window_who_has_not_asked_for_it(member: Reader) -> None:
    shown = await member.get(CHOICES)
    assert [(c["state"], c["open"]) for c in shown["channels"]] == [("NONE", True)] * 2
    assert (shown["language"], shown["quiet_from"]) == (None, None)


@pytest.mark.parametrize("channel", ["EMAIL", "SMS"])
async def test_a_contact_is_used_once_the_code_that_came_there_is_typed(
    post: Post, member: Reader, channel: str, mobile: New, address: New
) -> None:
    contact = mobile() if channel == "SMS" else address()
    asked = await member.post(CONTACTS, _asked(contact))
    waiting = next(c for c in asked["channels"] if c["channel"] == channel)
    assert waiting["state"] == "WAITING"
    assert contact not in json.dumps(asked)
    code = await post.code_at(contact)
    await member.post(f"{CONTACTS}/confirmation", {"channel": channel, "code": code})
    confirmed = await _of(member, channel)
    assert confirmed["state"] == "CONFIRMED"
    assert confirmed["consented_at"] <= confirmed["confirmed_at"] < confirmed["holds_until"]


async def test_a_wrong_code_is_tried_five_times_and_the_right_one_then_counts_no_more(
    post: Post, member: Reader, mobile: New
) -> None:
    number = mobile()
    await member.post(CONTACTS, _asked(number))
    code = await post.code_at(number)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = []
    for _ in range(5):
        said = {"channel": "SMS", "code": wrong}
        answer = await member.try_post(f"{CONTACTS}/confirmation", said)
        refused.append(answer.json()["code"])
    assert refused == ["CODE_WRONG"] * 4 + ["CODE_OVER"]
    late = await member.try_post(f"{CONTACTS}/confirmation", {"channel": "SMS", "code": code})
    assert (late.status_code, late.json()["code"]) == (409, "CODE_OVER")


async def test_guesses_at_once_are_no_more_than_guesses_one_by_one(
    post: Post, member: Reader, mobile: New
) -> None:
    number = mobile()
    await member.post(CONTACTS, _asked(number))
    code = await post.code_at(number)
    guesses = [f"{(int(code) + n) % 10**6:06d}" for n in range(1, 21)]
    answers = await asyncio.gather(
        *(
            member.try_post(f"{CONTACTS}/confirmation", {"channel": "SMS", "code": guess})
            for guess in guesses
        )
    )
    assert {a.status_code for a in answers} == {409}
    assert sum(a.json()["code"] == "CODE_WRONG" for a in answers) <= 5


async def test_a_code_counts_for_fifteen_minutes(post: Post, member: Reader, mobile: New) -> None:
    number = mobile()
    await member.post(CONTACTS, _asked(number))
    code = await post.code_at(number)
    await post.window.sql.execute(
        "UPDATE notice_codes SET ends_at = now() WHERE party = $1", _party_of(member)
    )
    answer = await member.try_post(f"{CONTACTS}/confirmation", {"channel": "SMS", "code": code})
    assert answer.json()["code"] == "CODE_OVER"


def _party_of(reader: Reader) -> str:
    """For which party somebody acts."""
    return str(claims_of(reader.bearer)["party"])


async def test_one_number_is_sent_six_codes_a_day_whoever_asks(post: Post, mobile: New) -> None:
    number = mobile()
    group = await post.window.group(7, mandated=False)
    members = [await post.window.phone(one) for one in group.residents]
    answers = await asyncio.gather(*(one.try_post(CONTACTS, _asked(number)) for one in members))
    assert sorted(a.status_code for a in answers) == [202] * 6 + [409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"CODE_LIMIT"}


async def test_a_stranger_who_asks_for_codes_to_my_number_leaves_me_mine(
    post: Post, member: Reader, mobile: New
) -> None:
    number = mobile()
    group = await post.window.group(1, mandated=False)
    stranger = await post.window.phone(group.residents[0])
    answers = [await stranger.try_post(CONTACTS, _asked(number)) for _ in range(5)]
    assert [a.status_code for a in answers] == [202] * 2 + [409] * 3
    assert (await stranger.try_post(CONTACTS, _asked(mobile()))).status_code == 202
    assert [(await member.try_post(CONTACTS, _asked(number))).status_code for _ in range(2)] == [
        202
    ] * 2


async def test_a_refusal_says_nothing_of_what_others_asked_for(
    post: Post, member: Reader, mobile: New
) -> None:
    mine, theirs = mobile(), mobile()
    group = await post.window.group(6, mandated=False)
    for one in group.residents:
        await (await post.window.phone(one)).post(CONTACTS, _asked(theirs))
    for _ in range(2):
        await member.post(CONTACTS, _asked(mine))
    said = [(await member.try_post(CONTACTS, _asked(one))).json() for one in (mine, theirs)]
    mine_said, theirs_said = ({k: v for k, v in one.items() if k not in EACH_ONES} for one in said)
    assert mine_said == theirs_said


async def test_many_ways_to_write_one_address_are_one(member: Reader, address: New) -> None:
    local, _, host = address().partition("@")
    written = [f"{local}@{host}", f"{local.upper()}+1@{host}", f"{local}+2@{host.upper()}"]
    answers = [await member.try_post(CONTACTS, _asked(one)) for one in written]
    assert [a.status_code for a in answers] == [202, 202, 409]


async def test_after_a_day_nobody_can_tell_whose_codes_they_were(
    post: Post, member: Reader, mobile: New
) -> None:
    old, new = mobile(), mobile()
    sql, party = post.window.sql, _party_of(member)
    await member.post(CONTACTS, _asked(old))
    await sql.execute(
        "UPDATE notice_codes SET asked_at = asked_at - interval '1 day' WHERE party = $1", party
    )
    await member.post(CONTACTS, _asked(new))
    async with post.window.assembly.database("notices").transaction() as tx:
        await codes_forget(tx, datetime.now(UTC))
    rows = await sql.fetch(
        "SELECT contact_hash = '' AS is_counted_no_more, contact_sealed = '' AS is_forgotten"
        " FROM notice_codes WHERE party = $1 ORDER BY asked_at",
        party,
    )
    assert [tuple(row) for row in rows] == [(True, True), (False, False)]


async def test_one_person_has_five_codes_a_day_sent_to_whomever(
    member: Reader, mobile: New
) -> None:
    answers = [await member.try_post(CONTACTS, _asked(mobile())) for _ in range(6)]
    assert [a.status_code for a in answers] == [202] * 5 + [409]


async def test_a_withdrawn_contact_is_forgotten(post: Post, member: Reader, address: New) -> None:
    await post.consented(member, "EMAIL", address())
    await member.post(f"{CONTACTS}/withdrawal", {"channel": "EMAIL"})
    shown = await _of(member, "EMAIL")
    assert (shown["state"], shown["contact"]) == ("WITHDRAWN", None)
    kept = await post.window.sql.fetchval(
        "SELECT count(*) FROM notice_contacts WHERE withdrawn_at IS NOT NULL"
        " AND (contact_sealed <> '' OR masked <> '')"
    )
    assert kept == 0


async def test_a_contact_stands_in_clear_in_no_table_no_event_and_no_log(
    post: Post,
    member: Reader,
    mobile: New,
    address: New,
    capfd: pytest.CaptureFixture[str],
) -> None:
    number, mail = mobile(), address()
    await post.consented(member, "SMS", number)
    await post.consented(member, "EMAIL", mail)
    tables = await post.window.sql.fetch(
        "SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    for contact in (number[1:], mail):
        for table in tables:
            found = await post.window.sql.fetchval(
                f"SELECT count(*) FROM {table['name']} AS t"
                " WHERE position($1 IN t::text) > 0"
                " OR position(encode(convert_to($1, 'UTF8'), 'hex') IN t::text) > 0",
                contact,
            )
            assert found == 0, table["name"]
        said = capfd.readouterr()
        assert contact not in said.out + said.err


async def test_another_person_of_the_party_sees_nothing_of_a_contact(
    post: Post, address: New
) -> None:
    group = await post.window.group(1)
    await post.consented(group.clerk, "EMAIL", address())
    colleague = post.window.parties.act_as("clerk", f"group:{group.code}", subject=uuid4().hex)
    assert (await _of(colleague, "EMAIL"))["state"] == "NONE"


@pytest.mark.parametrize(
    ("channel", "contact"),
    [
        ("SMS", "13800138000"),
        ("SMS", "+8613800138"),
        ("SMS", "+12025550123"),
        ("SMS", "+861001380000"),
        ("SMS", "+84 2 1234 5678"),
        ("SMS", "someone@example.org"),
        ("EMAIL", "+8613800138000"),
        ("EMAIL", "a@b"),
        ("EMAIL", "a b@example.org"),
        ("EMAIL", "a@example.org\nBcc: b@example.org"),
        ("EMAIL", "a@exa_mple.org"),
        ("EMAIL", f"{'a' * 65}@example.org"),
        ("EMAIL", "Nam <nam@example.org>"),
        ("EMAIL", "=?utf-8?q?nam=40evil.example?=@example.org"),
    ],
)
async def test_what_is_no_contact_of_the_channel_is_refused(
    member: Reader, channel: str, contact: str
) -> None:
    body = {"channel": channel, "contact": contact, "consent": True}
    answer = await member.try_post(CONTACTS, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/contact"


async def test_nobody_is_sent_a_code_without_his_consent(
    post: Post, member: Reader, mobile: New
) -> None:
    number = mobile()
    answer = await member.try_post(CONTACTS, {**_asked(number), "consent": False})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/consent")
    assert post.told(number) == []


@pytest.mark.parametrize(
    "quiet",
    [
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"quiet_from": "24:00", "quiet_until": "07:00"},
        {"quiet_from": "22", "quiet_until": "07:00"},
        {"language": "fr"},
    ],
)
async def test_choices_that_cannot_be_meant_are_refused(
    member: Reader, quiet: dict[str, str]
) -> None:
    assert (await member.try_post(CHOICES, quiet)).status_code == 422


async def test_choices_are_kept(member: Reader) -> None:
    chosen = {"language": "vi", "quiet_from": "22:00", "quiet_until": "07:00"}
    await member.post(CHOICES, chosen)
    shown = await member.get(CHOICES)
    assert {name: shown[name] for name in chosen} == chosen


async def test_a_window_without_a_gateway_says_so(window: Window, mobile: New) -> None:
    group = await window.group(1, mandated=False)
    reader = await window.phone(group.residents[0])
    assert (await _of(reader, "SMS"))["open"] is False
    answer = await reader.try_post(CONTACTS, _asked(mobile()))
    assert (answer.status_code, answer.json()["code"]) == (409, "CHANNEL_CLOSED")
