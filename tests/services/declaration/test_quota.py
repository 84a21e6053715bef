"""The daily quota of border residents (财关税〔2008〕90号): examples W1 to W6 and their races."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import httpx2

from services.kernel.clock import business_day
from services.portal.split import evenly
from tests.support.window import Window, codes, lot_body


async def quota(window: Window, number: str, day: str = "2026-11-18") -> dict[str, str]:
    resident = await window.resident_id(number)
    phone = window.parties.act_as("resident", f"resident:{resident}")
    answer = await phone.get(f"/declaration/v1/residents/{resident}/quota", day=day)
    return {name: answer[name]["amount"] for name in ("limit", "reserved", "consumed", "left")}


async def test_w01_a_purchase_within_the_quota_leaves_the_rest_of_the_day(window: Window) -> None:
    group = await window.group(1)
    await window.accepted(group, values=["7934.00"])
    assert (await quota(window, group.residents[0]))["left"] == "66.00"


async def test_w02_the_quota_includes_its_limit_and_not_a_cent_more(window: Window) -> None:
    group = await window.group(1)
    await window.accepted(group, values=["5000.00"])
    await window.accepted(group, values=["3000.00"])
    refused = await window.lot(group, values=["0.01"])
    assert refused.status_code == 409
    assert codes(refused) == ["QUOTA_EXCEEDED"]
    assert refused.json()["errors"][0]["pointer"] == "/tickets/0/value"


async def test_who_declares_own_goods_is_told_of_no_member_when_the_quota_is_exceeded(
    window: Window,
) -> None:
    group = await window.group(1)
    phone = await window.phone(group.residents[0])
    body = lot_body(group, values=["8000.01"], group_code=None)
    refused = await phone.try_post("/declaration/v1/lots", body)
    assert codes(refused) == ["QUOTA_EXCEEDED"]
    (error,) = refused.json()["errors"]
    assert error["detail"].endswith("; declare less.")


async def test_w02_the_quota_is_whole_again_at_midnight_in_beijing(window: Window) -> None:
    group = await window.group(1)
    await window.accepted(group, values=["8000.00"], entered_at="2026-05-01T15:59:59Z")
    await window.accepted(group, values=["8000.00"], entered_at="2026-05-01T16:00:00Z")
    last_second = datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 5, 1, 16, tzinfo=UTC)
    assert business_day(last_second) != business_day(midnight)


async def test_a_member_of_two_groups_has_one_quota_before_midnight_and_one_after(
    window: Window,
) -> None:
    one, other = await window.group(1), await window.group(1)
    (member,) = one.residents
    joins = {"group_code": other.code, "resident_no": member, "joined_on": "2026-01-05"}
    await window.registrar.post("/registry/v1/memberships", {"rows": [joins]})
    before, after = "2026-05-01T15:59:59Z", "2026-05-01T16:00:00Z"
    lots = {
        (group.code, at): await window.lot(
            group, residents=[member], values=[value], entered_at=at, reference=uuid4().hex
        )
        for group, value, at in (
            (one, "5000.00", before),
            (other, "3000.01", before),
            (other, "8000.00", after),
            (one, "3000.00", before),
        )
    }
    assert (await quota(window, member, "2026-05-01"))["left"] == "0.00"
    assert (await quota(window, member, "2026-05-02"))["left"] == "0.00"
    assert codes(lots[other.code, before]) == ["QUOTA_EXCEEDED"]
    for group, at in ((one, before), (other, after)):
        refused = await window.lot(group, residents=[member], values=["0.01"], entered_at=at)
        assert codes(refused) == ["QUOTA_EXCEEDED"]
    # What is given up after midnight is given back to its own day, in whichever group.
    lot_id = lots[one.code, before].json()["lot_id"]
    await one.clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "given up"})
    assert (await quota(window, member, "2026-05-01"))["left"] == "3000.00"
    assert (await quota(window, member, "2026-05-02"))["left"] == "0.00"
    await window.accepted(other, residents=[member], values=["3000.00"], entered_at=before)


async def test_w03_over_the_quota_is_refused_with_the_excess_and_nothing_reserved(
    window: Window,
) -> None:
    group = await window.group(1)
    refused = await window.lot(group, values=["9500.00"])
    assert codes(refused) == ["QUOTA_EXCEEDED"]
    assert refused.json()["errors"][0]["facts"]["excess"] == {
        "amount": "1500.00",
        "currency": "CNY",
    }
    assert (await quota(window, group.residents[0]))["reserved"] == "0.00"


async def test_w04_of_two_parallel_declarations_over_the_quota_exactly_one_is_accepted(
    window: Window,
) -> None:
    group = await window.group(1)
    answers = await asyncio.gather(*(window.lot(group, values=["4500.00"]) for _ in range(2)))
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert (await quota(window, group.residents[0]))["reserved"] == "4500.00"
    lot_id = next(a for a in answers if a.status_code == 201).json()["lot_id"]
    path = f"/declaration/v1/lots/{lot_id}/cancellation"
    cancelled = await group.clerk.post(path, {"reason": "wrong truck"})
    assert cancelled["state"] == "CANCELLED"
    assert (await quota(window, group.residents[0]))["reserved"] == "0.00"
    await window.accepted(group, values=["8000.00"])


async def test_w05_the_split_lot_is_accepted_for_266_and_refused_for_265(window: Window) -> None:
    group = await window.group(266)
    shares = evenly("2125000.00", 2, 266)
    await window.accepted(
        group,
        residents=group.residents,
        values=shares,
        kg_each="188",
        net_kg="50008",
        gross_kg="51000",
    )
    each = "8018.87"
    refused = await window.lot(
        group,
        residents=group.residents[:265],
        values=[each] * 265,
        entered_at="2026-11-19T09:00:00+08:00",
    )
    assert codes(refused) == ["QUOTA_EXCEEDED"] * 265


async def test_w06_origin_must_be_a_neighbour_of_the_port(window: Window) -> None:
    group = await window.group(1)
    refused = await window.lot(group, origin="TH")
    assert codes(refused) == ["ORIGIN_NOT_NEIGHBOUR"]
    assert refused.json()["errors"][0]["pointer"] == "/origin"


async def test_two_hundred_parallel_phones_never_exceed_one_residents_quota(
    window: Window,
) -> None:
    group = await window.group(1)
    answers = await asyncio.gather(*(window.lot(group, values=["900.00"]) for _ in range(200)))
    accepted = [a for a in answers if a.status_code == 201]
    assert len(answers) == 200
    assert {a.status_code for a in answers} == {201, 409}
    assert len(accepted) == 8
    assert (await quota(window, group.residents[0]))["reserved"] == "7200.00"


async def test_the_same_submit_ten_times_in_parallel_is_one_lot_with_ten_equal_answers(
    window: Window,
) -> None:
    group = await window.group(1)
    body, key = lot_body(group), str(uuid4())

    async def send() -> httpx2.Response:
        return await group.clerk.try_post("/declaration/v1/lots", body, **{"Idempotency-Key": key})

    answers = await asyncio.gather(*(send() for _ in range(10)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    listed = await group.clerk.get("/declaration/v1/lots", reference=body["reference"])
    assert len(listed["items"]) == 1


async def test_the_same_key_with_another_body_is_refused(window: Window) -> None:
    group = await window.group(2)
    key = {"Idempotency-Key": str(uuid4())}
    first = await group.clerk.try_post("/declaration/v1/lots", lot_body(group), **key)
    second = await group.clerk.try_post(
        "/declaration/v1/lots", lot_body(group, values=["1.00"]), **key
    )
    assert first.status_code == 201
    assert codes(second) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_lots_that_share_residents_in_any_order_never_deadlock(window: Window) -> None:
    group = await window.group(12)
    forwards, backwards = list(group.residents), list(reversed(group.residents))
    answers = await asyncio.gather(
        *(
            window.lot(group, residents=order, values=["500.00"] * 12)
            for order in [forwards, backwards] * 10
        )
    )
    accepted = sum(a.status_code == 201 for a in answers)
    assert {a.status_code for a in answers} == {201, 409}
    assert accepted == 16
    assert (await quota(window, group.residents[0]))["reserved"] == "8000.00"
