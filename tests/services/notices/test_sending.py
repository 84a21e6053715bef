"""What leaves: once, to whom consented, outside quiet hours, without anything that is nobody's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from standardwebhooks import Webhook

from services.notices.commands.sending import Looked, first_due, message_claim
from services.notices.domain.model import ChannelName
from tests.services.notices.a_sender import sent_by
from tests.services.notices.conftest import LIST, SMS_SECRET, Post
from tests.services.notices.member import CHOICES, Member
from tests.support.patience import sooner_or_later

New = Callable[[], str]


async def test_an_e_mail_says_the_sentence_in_the_chosen_language_and_where_to_read_on(
    post: Post, address: New
) -> None:
    member = await Member.of(post, address())
    await member.reader.post(CHOICES, {"language": "vi"})
    await member.freeze()
    await member.in_state("SENT")
    (text,) = member.told
    origin = post.window.assembly.settings.public_origin
    assert text.splitlines() == [
        "Tên bạn đã khóa: không ai khai được. Nếu không phải bạn, hãy đến quầy đăng ký.",
        f"Mở cổng một cửa: {origin}/portal/notices",
    ]
    message = post.mail.to(member.contact)[-1]
    assert message["From"] == "window@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"


async def test_a_gateway_is_told_a_number_and_a_text_signed_and_nothing_else(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.freeze()
    await member.in_state("SENT")
    sent = [
        (headers, body)
        for headers, body in post.gateway.requests
        if json.loads(body)["to"] == member.contact
    ]
    for headers, body in sent:
        assert set(Webhook(SMS_SECRET).verify(body, headers)) == {"to", "text"}
    text = json.loads(sent[-1][1])["text"]
    assert text.startswith("您的名义已冻结")
    everything = json.dumps(sent, default=str, ensure_ascii=False)
    assert member.party not in everything
    assert member.party[9:] not in everything


async def test_in_quiet_hours_nothing_leaves_and_after_them_it_does(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    await member.freeze()
    (waiting,) = await member.in_state("QUEUED")

    async def put_off() -> bool:
        (row,) = await member.deliveries()
        return bool(row["due_at"] > datetime.now(UTC) + timedelta(hours=3))

    await sooner_or_later(put_off)
    assert (member.told, waiting["attempts"]) == ([], 0)
    assert len(await post.noticed(member.reader, "NAME_FROZEN")) == 1
    await member.reader.post(CHOICES, {})
    await member.in_state("SENT")
    assert len(member.told) == 1


async def test_what_waits_does_not_leave_once_the_consent_is_withdrawn(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    await member.freeze()
    await member.in_state("QUEUED")
    await member.reader.post("/notices/v1/contacts/withdrawal", {"channel": "SMS"})
    await member.in_state("DROPPED")
    await member.freeze(2)
    await post.judged()
    assert len(await member.deliveries()) == 1
    await member.is_due()
    await sent_by(post.sending())
    assert member.told == []


async def test_a_contact_that_was_confirmed_too_long_ago_is_used_no_more(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await post.window.sql.execute(
        "UPDATE notice_contacts SET confirmed_at = now() - interval '366 days' WHERE party = $1",
        member.party,
    )
    await member.freeze()
    await post.judged()
    assert await member.deliveries() == []
    shown = (await member.reader.get(CHOICES))["channels"]
    assert [c["state"] for c in shown if c["channel"] == "SMS"] == ["LAPSED"]


async def test_a_process_killed_between_sending_and_noting_repeats_it_under_the_same_id(
    post: Post, address: New
) -> None:
    member = await Member.of(post, address())
    await member.quiet()
    await member.freeze(3)
    await member.in_state("QUEUED", 3)
    killed = post.sending()
    async with post.without("notices_sent"):
        await member.is_due()
        async with post.window.assembly.database("notices").transaction() as tx:
            first = await first_due(tx, [ChannelName.EMAIL])
            assert first is not None
            assert first.party == member.party
            looked = await message_claim(
                tx, first, vault=post.window.assembly.vault, address=None, now=datetime.now(UTC)
            )
        assert looked.claimed is not None
        assert len(looked.claimed.delivery_ids) == 3
    await killed.channels[looked.claimed.channel].send(looked.claimed.letter)
    # It is dead now; what happens meanwhile goes in a message of its own.
    await member.freeze()
    await post.judged()
    await member.is_due(leased=True)
    await sent_by(post.sending())
    await member.in_state("SENT", 3)
    messages = post.mail.to(member.contact)[1:]
    ids = [message["Message-ID"] for message in messages]
    assert ids.count(ids[0]) == 2
    assert messages[0].get_content().count("\n") == messages[
        ids.index(ids[0], 1)
    ].get_content().count("\n")


async def test_two_processes_that_find_one_contact_at_rest_do_not_wait_for_each_other(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    await member.freeze(2)
    await member.in_state("QUEUED", 2)
    database, both_have_one = post.window.assembly.database("notices"), asyncio.Barrier(2)

    async def look() -> Looked:
        async with database.transaction() as tx:
            first = await first_due(tx, [ChannelName.SMS])
            await both_have_one.wait()
            assert first is not None
            assert first.party == member.party
            vault, now = post.window.assembly.vault, datetime.now(UTC)
            return await message_claim(tx, first, vault=vault, address=None, now=now)

    async with post.without("notices_sent"):
        await member.is_due()
        await member.quiet()
        looked = await asyncio.gather(look(), look())
    assert [one.claimed for one in looked] == [None, None]
    assert all(row["due_at"] > datetime.now(UTC) for row in await member.in_state("QUEUED", 2))


async def test_two_processes_at_once_send_each_message_once(post: Post, mobile: New) -> None:
    members = await asyncio.gather(*(Member.of(post, mobile()) for _ in range(8)))
    for member in members:
        await member.quiet()
        await member.freeze()
        await member.in_state("QUEUED")
    for member in members:
        await member.is_due()
    await asyncio.gather(*(sent_by(post.sending()) for _ in range(3)))
    for member in members:
        await member.in_state("SENT")
        assert len(member.told) == 1


async def test_fifty_things_at_once_are_fifty_notices_and_one_message(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    await member.freeze(50)
    await member.in_state("QUEUED", 50)
    assert (await member.reader.get(f"{LIST}/unread"))["unread"] == 50
    await member.is_due()
    await sent_by(post.sending())
    rows = await member.in_state("SENT", 50)
    assert len({row["message_id"] for row in rows}) == 1
    (text,) = member.told
    assert "48" in text


async def test_after_a_message_a_contact_rests_and_then_is_told_together(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    await member.freeze()
    await member.in_state("SENT")
    await member.freeze(4)
    await post.judged()
    await sent_by(post.sending())
    assert len(member.told) == 1
    await member.is_due()
    await sent_by(post.sending())
    await member.in_state("SENT", 5)
    assert len(member.told) == 2
    assert "另有2条通知" in member.told[-1]


async def test_a_gateway_that_fails_is_asked_again_and_one_that_refuses_is_not(
    post: Post, mobile: New
) -> None:
    member = await Member.of(post, mobile())
    post.gateway.answers, begun = [503], datetime.now(UTC)
    await member.freeze()
    (failed,) = await member.in_state("FAILED")
    assert (failed["attempts"], failed["last_error"]) == (1, "HTTP_503")
    assert failed["due_at"] > begun + timedelta(seconds=20)
    post.gateway.answers = [422]
    await member.is_due()
    await sent_by(post.sending())
    (ended,) = await member.in_state("GIVEN_UP")
    assert ended["last_error"] == "HTTP_422"
    assert member.told == []


async def test_a_mail_server_may_put_off_and_may_refuse(post: Post, address: New) -> None:
    member = await Member.of(post, address())
    post.mail.answers = [450]
    await member.freeze()
    (failed,) = await member.in_state("FAILED")
    assert failed["last_error"] == "REFUSED"
    post.mail.answers = [550]
    await member.is_due()
    await sent_by(post.sending())
    await member.in_state("GIVEN_UP")
    assert member.told == []


async def test_who_reads_the_case_no_more_is_not_told_of_it(post: Post, address: New) -> None:
    group = await post.window.group(1, mandated=False)
    party, contact = f"group:{group.code}", address()
    await post.consented(group.clerk, "EMAIL", contact)
    desk = Member(post, party, group.clerk, contact)
    await desk.quiet()
    lot = await post.window.accepted(group)
    member = await post.window.phone(group.residents[0])
    await member.post(f"/declaration/v1/lots/{lot}/refusals", {})
    await desk.in_state("QUEUED")
    await post.window.sql.execute(
        "UPDATE cases SET readers = array_remove(readers, $1) WHERE case_id = $2::uuid",
        party,
        lot[4:],
    )
    await desk.is_due()
    await sent_by(post.sending())
    (dropped,) = await desk.in_state("DROPPED")
    assert dropped["last_error"] == "NOT_A_READER"
    assert desk.told == []


async def test_a_reference_that_leads_elsewhere_is_not_sent_to_the_members(
    post: Post, address: New
) -> None:
    group = await post.window.group(1, mandated=False)
    resident = await post.window.resident_id(group.residents[0])
    reader = post.window.parties.act_as("resident", f"resident:{resident}")
    member = Member(post, f"resident:{resident}", reader, address())
    await post.consented(reader, "EMAIL", member.contact)
    bait = f"evil.example/{uuid4().hex[:8]}"
    await post.window.accepted(group, reference=bait)
    await member.in_state("SENT")
    assert "evil" not in member.told[-1]
    assert "批次…" in member.told[-1]


async def test_several_that_judge_at_once_tell_each_event_once(post: Post, mobile: New) -> None:
    member = await Member.of(post, mobile())
    judges = [post.judging() for _ in range(3)]

    async def judge_on() -> None:
        for _ in range(40):
            await asyncio.gather(*(one.judge() for one in judges))
            await asyncio.sleep(0.01)

    await asyncio.gather(member.freeze(20), judge_on())
    await post.noticed(member.reader, "NAME_THAWED", 10)
    items = (await member.reader.get(LIST, unread="true", limit=200))["items"]
    kinds = [item["kind"] for item in items]
    assert kinds == ["NAME_THAWED", "NAME_FROZEN"] * 10


async def test_what_cannot_be_opened_holds_up_nobody_else(post: Post, mobile: New) -> None:
    spoilt, member = [await Member.of(post, mobile()) for _ in range(2)]
    await post.window.sql.execute(
        "UPDATE notice_contacts SET contact_sealed = '\\x00' WHERE party = $1", spoilt.party
    )
    await spoilt.freeze()
    (failed,) = await spoilt.in_state("FAILED")
    assert failed["last_error"] == "FAULT"
    await member.freeze()
    await member.in_state("SENT")
    assert (spoilt.told, len(member.told)) == ([], 1)
    # Nor does it stand first in another test, when it is due again.
    await spoilt.reader.post("/notices/v1/contacts/withdrawal", {"channel": "SMS"})
    await spoilt.in_state("DROPPED")
