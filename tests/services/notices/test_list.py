"""The own list: what a person must know stands in it, in his language, and others' does not."""

from __future__ import annotations

from typing import Final

import pytest

from services.platform.language import LANGUAGES
from tests.services.notices.conftest import LIST, Post
from tests.support.window import AS_SUBMITTED, PORT

READ: Final = "/notices/v1/notices/read"


async def test_a_member_is_told_that_a_share_waits_and_others_are_not(post: Post) -> None:
    group = await post.window.group(2, mandated=False)
    lot = await post.window.accepted(group)
    member, other = [await post.window.phone(number) for number in group.residents]
    (told,) = await post.noticed(member, "SHARE_WAITS")
    assert told["case_id"] == lot
    assert not told["read"]
    assert (await other.get(LIST))["items"] == []
    assert (await group.clerk.get(LIST))["items"] == []


async def test_whoever_gave_a_mandate_is_not_asked(post: Post) -> None:
    group = await post.window.group(1)
    await post.window.accepted(group)
    await post.judged()
    member = await post.window.phone(group.residents[0])
    assert {n["kind"] for n in (await member.get(LIST))["items"]} & WAITS == set()


async def test_a_released_lot_is_told_to_its_members_and_its_desk(post: Post) -> None:
    group = await post.window.group(2)
    lot = await post.window.confirmed(group)
    member, stranger = [await post.window.phone(number) for number in group.residents]
    for reader in (member, group.clerk):
        kinds = {n["kind"] for n in await _of_lot(post, reader, lot)}
        assert kinds & {"LOT_RELEASED", "LOT_SELECTED"}
    assert await _seen(stranger, lot) == []


async def _of_lot(post: Post, reader, lot: str) -> list[dict[str, object]]:
    from tests.support.patience import sooner_or_later

    async def found() -> list[dict[str, object]]:
        return await _seen(reader, lot)

    return await sooner_or_later(found)


async def _seen(reader, lot: str) -> list[dict[str, object]]:
    items = (await reader.get(LIST))["items"]
    return [item for item in items if item["case_id"] == lot]
