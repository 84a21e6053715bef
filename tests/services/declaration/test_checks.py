"""What would be refused is said before it is declared, and nothing of it is done."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2

from tests.support.harbour import Harbour
from tests.support.window import Group, codes, lot_body

LOTS = "/declaration/v1/lots"


async def checked(group: Group, *lots: dict[str, Any], language: str = "en") -> httpx2.Response:
    headers = {
        "Authorization": f"Bearer {group.clerk.bearer}",
        "Idempotency-Key": uuid4().hex,
        "Accept-Language": language,
    }
    body = {"lots": list(lots)}
    return await group.clerk.http.post(f"{LOTS}/checks", json=body, headers=headers)


def said(answer: httpx2.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    return [(r["pointer"], r["code"]) for r in answer.json()["refusals"]]


async def test_what_is_checked_is_not_declared_and_takes_nothing(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot = lot_body(group, port=harbour.port, values=["8000.00"])
    for _ in range(2):
        answer = await checked(group, lot)
        assert (said(answer), answer.json()["acceptable"]) == ([], [True])
    listed = await group.clerk.get(f"{LOTS}?group_code={group.code}")
    assert listed["items"] == []
    assert (await group.clerk.try_post(LOTS, lot)).status_code == 201


async def test_a_check_says_what_the_declaration_would(harbour: Harbour) -> None:
    group, other = await harbour.group(2), await harbour.group(1)
    wrong: dict[str, Any] = {
        "seller": "Nobody at all",
        "gross_kg": "1",
        "hs_code": "96190001",
        "residents": [group.residents[0], other.residents[0]],
        "values": ["8000.01", "10.00"],
    }
    lot = lot_body(group, port=harbour.port, **wrong)
    refused = await group.clerk.try_post(LOTS, lot)
    assert refused.status_code == 409
    declared = [(e["code"], e["pointer"], e["detail"]) for e in refused.json()["errors"]]
    found = (await checked(group, lot)).json()["refusals"]
    assert [(f["code"], f["pointer"].removeprefix("/lots/0"), f["detail"]) for f in found] == (
        declared
    )
    assert {"SELLER_UNKNOWN", "QUOTA_EXCEEDED", "NOT_A_MEMBER"} <= set(codes(refused))


async def test_what_the_lots_before_would_take_is_gone(harbour: Harbour) -> None:
    """Each alone would be accepted; declared one after another they are not."""
    group = await harbour.group(1)
    one, other = (lot_body(group, port=harbour.port, values=["4000.01"]) for _ in range(2))
    answer = await checked(group, one, other)
    assert answer.json()["acceptable"] == [True, False]
    assert said(answer) == [("/lots/1/tickets/0/value", "QUOTA_EXCEEDED")]
    assert (await group.clerk.try_post(LOTS, one)).status_code == 201
    assert codes(await group.clerk.try_post(LOTS, other)) == ["QUOTA_EXCEEDED"]


async def test_where_a_lot_cannot_be_read_that_is_said_first(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot = lot_body(group, port=harbour.port, values=["10.00"])
    answer = await checked(group, lot, {**lot, "tickets": [], "pieces": "ten"})
    assert answer.status_code == 422
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/lots/1/pieces", "/lots/1/tickets"]


async def test_a_lot_that_would_be_refused_takes_nothing_of_those_after_it(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    refused, good = (lot_body(group, port=harbour.port, values=["8000.00"]) for _ in range(2))
    unread = {**good, "reference": "R-UNREAD", "tickets": [*good["tickets"], {"value": "x"}]}
    answer = await checked(group, {**refused, "seller": "Nobody at all"}, unread, good)
    assert answer.json()["acceptable"] == [False, False, True]
    assert ("/lots/1/tickets/1/value", "REQUEST_INVALID") in said(answer)


async def test_a_reference_is_used_once_among_those_that_are_sent_together(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    one, other = (lot_body(group, port=harbour.port, values=["10.00"]) for _ in range(2))
    answer = await checked(group, one, {**other, "reference": one["reference"].lower()})
    assert said(answer) == [("/lots/1/reference", "DUPLICATE_REFERENCE")]


async def test_a_manifest_carries_what_it_carries(harbour: Harbour) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("200")
    lots = [
        lot_body(group, port=harbour.port, values=["10.00"], manifest_no=manifest) for _ in range(2)
    ]
    assert said(await checked(group, *lots)) == [("/lots/1/gross_kg", "OVER_MANIFEST")]


async def test_reasons_come_in_the_readers_language_also_when_asked_again(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot = lot_body(group, port=harbour.port, values=["10.00"], gross_kg="1")
    details = {
        language: (await checked(group, lot, language=language)).json()["refusals"][0]["detail"]
        for language in ("zh-CN", "vi", "en")
    }
    assert len(set(details.values())) == 3


async def test_more_lots_than_a_day_has_are_not_read(harbour: Harbour) -> None:
    group = await harbour.group(1)
    answer = await checked(group, *([{}] * 201))
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])
