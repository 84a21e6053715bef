"""The own list: what a person must know stands in it, in his language, and others' does not."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest

from services.platform.language import LANGUAGES
from tests.services.notices.conftest import LIST, Post
from tests.support.patience import sooner_or_later
from tests.support.reading import Reader
from tests.support.window import Group

READ: Final = f"{LIST}/read"
UNREAD: Final = f"{LIST}/unread"
FILED: Final = {"OWN_RECORD_FILED", "MEMBERSHIP_FILED"}
"""Of what everybody is told who is entered at the registrar's desk."""
GROUP_FILED: Final = {"CHANGE_PROPOSED", "CHANGE_CONFIRMED", "GROUP_FILED"}
"""Of what a group is told of its own filing, which takes two."""


async def _of_lot(post: Post, reader: Reader, lot: str) -> list[dict[str, Any]]:
    async def found() -> list[dict[str, Any]]:
        items = (await reader.get(LIST, limit=200))["items"]
        return [item for item in items if item["case_id"] == lot]

    return await sooner_or_later(found)


async def _filed(post: Post, reader: Reader) -> list[str]:
    """The notices that tell somebody what was entered of him."""
    return [n["notice_id"] for kind in FILED for n in await post.noticed(reader, kind)]


async def _waiting(post: Post) -> tuple[Group, Reader, dict[str, Any]]:
    """A member to whom it is told that a share waits."""
    group = await post.window.group(2, mandated=False)
    await post.window.accepted(group, values=["10.00"])
    member = await post.window.phone(group.residents[0])
    (told,) = await post.noticed(member, "SHARE_WAITS")
    return group, member, told


async def test_a_member_is_told_that_a_share_waits_and_others_are_not(post: Post) -> None:
    group, _, told = await _waiting(post)
    assert told["case_id"].startswith("lot_")
    assert told["facts"]["shares_due_at"]
    other = await post.window.phone(group.residents[1])
    for reader in (other, group.clerk):
        items = (await reader.get(LIST))["items"]
        assert [n for n in items if n["kind"] not in {*FILED, *GROUP_FILED}] == []


async def test_whoever_gave_a_mandate_is_not_asked(post: Post) -> None:
    group = await post.window.group(1)
    lot = await post.window.accepted(group)
    await post.judged()
    member = await post.window.phone(group.residents[0])
    items = (await member.get(LIST))["items"]
    assert [item for item in items if item["case_id"] == lot] == []


async def test_what_becomes_of_a_lot_is_told_to_its_members_and_its_desk(post: Post) -> None:
    group = await post.window.group(2)
    lot = await post.window.confirmed(group)
    member, stranger = [await post.window.phone(number) for number in group.residents]
    for reader in (member, group.clerk):
        kinds = {item["kind"] for item in await _of_lot(post, reader, lot)}
        assert kinds & {"LOT_RELEASED", "LOT_SELECTED"}
    items = (await stranger.get(LIST))["items"]
    assert [item for item in items if item["case_id"] == lot] == []


async def test_a_refused_share_is_told_to_the_desk(post: Post) -> None:
    group, member, told = await _waiting(post)
    lot = told["case_id"]
    await member.post(f"/declaration/v1/lots/{lot}/refusals", {})
    (refused,) = await post.noticed(group.clerk, "SHARE_REFUSED")
    assert refused["case_id"] == lot


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_notice_is_said_in_its_readers_language(post: Post, language: str) -> None:
    _, member, told = await _waiting(post)
    answer = await member.http.get(
        LIST, headers={"authorization": f"Bearer {member.bearer}", "accept-language": language}
    )
    (item,) = [i for i in answer.json()["items"] if i["notice_id"] == told["notice_id"]]
    begins = {"en": "A share in lot ", "zh-CN": "批次", "vi": "Một phần trong lô hàng "}
    assert item["sentence"].startswith(begins[language])
    assert told["facts"]["reference"] in item["sentence"]


async def test_what_was_read_is_counted_no_more_however_often_it_is_said(post: Post) -> None:
    group, member, told = await _waiting(post)
    await member.post(READ, {"notice_ids": await _filed(post, member)})
    assert await member.get(UNREAD) == {"unread": 1, "more": False}
    body = {"notice_ids": [told["notice_id"]]}
    for _ in range(2):
        assert await member.post(READ, body) == {"unread": 0, "more": False}
    assert (await member.get(LIST, unread="true"))["items"] == []
    assert {item["read"] for item in (await member.get(LIST))["items"]} == {True}
    lot = await post.window.accepted(group, values=["10.00"])
    await _of_lot(post, member, lot)
    assert (await member.get(UNREAD))["unread"] == 1
    newest = (await member.get(LIST))["items"][0]["notice_id"]
    assert (await member.post(READ, {"up_to": newest}))["unread"] == 0


async def test_colleagues_read_each_for_themselves(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    lot = await post.window.accepted(group)
    member = await post.window.phone(group.residents[0])
    await member.post(f"/declaration/v1/lots/{lot}/refusals", {})
    (told,) = await post.noticed(group.clerk, "SHARE_REFUSED")
    # The others are that the group was proposed, confirmed and filed.
    colleague = post.window.parties.act_as("clerk", f"group:{group.code}", subject=uuid4().hex)
    await group.clerk.post(READ, {"notice_ids": [told["notice_id"]]})
    assert (await colleague.get(UNREAD))["unread"] == 1 + len(GROUP_FILED)
    assert (await group.clerk.get(UNREAD))["unread"] == len(GROUP_FILED)


async def test_another_partys_notice_is_neither_read_nor_marked(post: Post) -> None:
    _, _, told = await _waiting(post)
    stranger = await post.window.phone((await post.window.group(1, mandated=False)).residents[0])
    assert told["notice_id"] not in str(await stranger.get(LIST))
    for body in ({"notice_ids": [told["notice_id"]]}, {"up_to": told["notice_id"]}):
        answer = await stranger.try_post(READ, body)
        assert answer.status_code == 404


async def test_who_reads_the_case_no_more_finds_its_notices_no_more(post: Post) -> None:
    group = await post.window.group(1)
    lot = await post.window.confirmed(group)
    await _of_lot(post, group.clerk, lot)
    await post.window.sql.execute(
        "UPDATE cases SET readers = array_remove(readers, $1) WHERE case_id = $2::uuid",
        f"group:{group.code}",
        lot[4:],
    )
    items = (await group.clerk.get(LIST))["items"]
    assert [item for item in items if item["case_id"] == lot] == []
    assert (await group.clerk.get(UNREAD))["unread"] == len(items)


async def test_the_list_is_read_in_pages_the_newest_first(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    member = await post.window.phone(group.residents[0])
    lots = [await post.window.accepted(group, values=["10.00"]) for _ in range(3)]
    await post.noticed(member, "SHARE_WAITS", 3)
    seen, cursor = [], None
    for _ in range(3):
        page = await member.get(LIST, limit=1, **({} if cursor is None else {"cursor": cursor}))
        seen += [item["case_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == lots[::-1]
    rest = await member.get(LIST, cursor=cursor)
    assert {item["kind"] for item in rest["items"]} == FILED
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "body", [{}, {"notice_ids": []}, {"notice_ids": ["ntc_" + "0" * 32], "up_to": "ntc_1"}]
)
async def test_what_was_read_is_said_one_way_or_the_other(post: Post, body: dict[str, Any]) -> None:
    group = await post.window.group(1, mandated=False)
    member = await post.window.phone(group.residents[0])
    answer = await member.try_post(READ, body)
    assert answer.status_code == 422
