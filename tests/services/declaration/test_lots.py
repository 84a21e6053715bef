"""A lot from confirmation to the gate: who may see it, who may act on it, and when."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.kernel.identifiers import new_id
from tests.support.harbour import RED_GOODS, Harbour
from tests.support.tells import delivered
from tests.support.window import codes, lot_body

LOTS = "/declaration/v1/lots"
SOME = {"values": ["10.00", "10.00"]}


async def read(party: Party, path: str, **params: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {party.bearer}"}
    return await party.http.get(path, headers=headers, params=params)


async def confirm(party: Party, lot_id: str, *, by_mandate: bool = False) -> httpx2.Response:
    return await party.try_post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": by_mandate})


async def cancel(party: Party, lot_id: str, **headers: str) -> httpx2.Response:
    return await party.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "wrong"}, **headers)


async def test_members_confirm_their_own_shares_and_the_last_one_starts_the_clock(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    one, two = [await harbour.window.phone(n) for n in group.residents]
    first = await confirm(one, lot_id)
    assert (first.status_code, first.json()["state"]) == (200, "SUBMITTED")
    assert first.json()["missing"] == [{"code": "SHARES_TO_CONFIRM", "count": 1}]
    assert first.json()["clock_started_at"] is None
    last = await confirm(two, lot_id)
    assert last.json()["clock_started_at"] is not None
    assert last.json()["missing"] == []
    await harbour.until(group.clerk, lot_id, "RELEASED")


async def test_a_share_is_confirmed_once(harbour: Harbour) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    phone = await harbour.window.phone(group.residents[0])
    assert (await confirm(phone, lot_id)).status_code == 200
    assert codes(await confirm(phone, lot_id)) == ["NOTHING_TO_CONFIRM"]


async def test_nobody_confirms_for_somebody_else(harbour: Harbour) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents[:1], values=["10.00"])
    assert codes(await confirm(group.clerk, lot_id, by_mandate=True)) == ["NOTHING_TO_CONFIRM"]
    member_without_a_share = await harbour.window.phone(group.residents[1])
    assert (await confirm(member_without_a_share, lot_id)).status_code == 404
    other = await harbour.group(1)
    assert (await confirm(other.clerk, lot_id, by_mandate=True)).status_code == 404


async def test_a_clerk_confirms_by_mandate_and_leaves_the_others_to_themselves(
    harbour: Harbour,
) -> None:
    group = await harbour.group(3, mandated=False)
    given = [
        {"group_code": group.code, "resident_no": n, "given_on": "2026-01-05"}
        for n in group.residents[:2]
    ]
    await harbour.window.on_file("mandates", *given)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["10.00"] * 3)
    answer = await confirm(group.clerk, lot_id, by_mandate=True)
    assert answer.json()["missing"] == [{"code": "SHARES_TO_CONFIRM", "count": 1}]
    assert (
        await confirm(await harbour.window.phone(group.residents[2]), lot_id)
    ).status_code == 200
    await harbour.until(group.clerk, lot_id, "RELEASED")
    # Whoever reads a share reads who said yes in its name.
    shares = (await group.clerk.get(f"{LOTS}/{lot_id}/tickets"))["items"]
    assert [share["consent"] for share in shares] == ["MANDATE", "MANDATE", "SESSION"]
    own = await (await harbour.window.phone(group.residents[0])).get(f"{LOTS}/{lot_id}/tickets")
    assert own["items"] == shares[:1]


async def test_two_members_may_confirm_under_one_request_id_of_their_program(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    phones = [await harbour.window.phone(n) for n in group.residents]
    path, trace = f"{LOTS}/{lot_id}/confirmations", {"X-Request-ID": "one-trace-of-both"}
    answers = await asyncio.gather(*(p.try_post(path, {}, **trace) for p in phones))
    assert [a.status_code for a in answers] == [200, 200]


async def test_a_released_lot_takes_no_more_confirmations(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group)
    assert codes(await confirm(group.clerk, lot_id, by_mandate=True)) == ["STATE_CONFLICT"]


async def test_a_lot_is_seen_by_its_group_its_residents_and_its_port_only(
    harbour: Harbour,
) -> None:
    group, other = await harbour.group(2), await harbour.group(1)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    act_as = harbour.window.parties.act_as
    seeing = [
        group.clerk,
        await harbour.window.phone(group.residents[0]),
        act_as("officer", "officer:o", port=harbour.port),
        act_as("gate", "gate:g", port=harbour.port),
        act_as("auditor", "auditor:a"),
    ]
    blind = [
        other.clerk,
        await harbour.window.phone(other.residents[0]),
        act_as("officer", "officer:o", port="RUILI"),
        act_as("gate", "gate:g", port="RUILI"),
    ]
    for path in (f"{LOTS}/{lot_id}", f"{LOTS}/{lot_id}/tickets"):
        assert [(await read(p, path)).status_code for p in seeing] == [200] * len(seeing)
        assert [(await read(p, path)).status_code for p in blind] == [404] * len(blind)
    for party in (other.clerk, blind[1]):
        mine = (await read(party, LOTS)).json()["items"]
        assert lot_id not in [lot["lot_id"] for lot in mine]


async def test_a_resident_sees_the_own_ticket_only(harbour: Harbour) -> None:
    group = await harbour.group(2)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    phone = await harbour.window.phone(group.residents[1])
    mine = (await read(phone, f"{LOTS}/{lot_id}/tickets")).json()["items"]
    assert [t["line_no"] for t in mine] == [2]
    assert mine[0]["resident_id"] == await harbour.window.resident_id(group.residents[1])
    all_of_them = (await read(group.clerk, f"{LOTS}/{lot_id}/tickets")).json()["items"]
    assert [t["line_no"] for t in all_of_them] == [1, 2]


async def test_a_clerk_sees_the_quota_of_the_own_members_only(harbour: Harbour) -> None:
    group, other = await harbour.group(1), await harbour.group(1)
    resident = await harbour.window.resident_id(group.residents[0])
    path = f"/declaration/v1/residents/{resident}/quota"
    assert (await read(group.clerk, path)).status_code == 200
    assert (await read(other.clerk, path)).status_code == 404
    neighbour = await harbour.window.phone(other.residents[0])
    assert (await read(neighbour, path)).status_code == 404


async def test_what_is_cancelled_before_release_gives_quota_and_weight_back(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("110")
    lot_id = await harbour.accepted(group, manifest_no=manifest)
    assert await harbour.weight_left(manifest) == "0.000"
    answer = await cancel(group.clerk, lot_id)
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    assert await harbour.weight_left(manifest) == "110.000"
    assert (await harbour.quota(group.residents[0]))["left"] == "8000.00"
    await harbour.accepted(group, manifest_no=manifest, values=["8000.00"])


async def test_a_lot_is_cancelled_once_and_the_same_request_is_answered_the_same(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group)
    key = {"Idempotency-Key": str(uuid4())}
    first = await cancel(group.clerk, lot_id, **key)
    again = await cancel(group.clerk, lot_id, **key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    other = await cancel(group.clerk, lot_id)
    assert (other.status_code, codes(other)) == (409, ["STATE_CONFLICT"])
    assert (await harbour.quota(group.residents[0]))["reserved"] == "0.00"


async def test_the_answer_to_an_act_says_who_holds_the_lot_after_it(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    answer = (await cancel(group.clerk, lot_id)).json()
    read = await group.clerk.get(f"{LOTS}/{lot_id}")
    assert (answer["state"], answer["holder"]) == (read["state"], read["holder"])


async def test_ten_parallel_cancellations_give_back_once(harbour: Harbour) -> None:
    group = await harbour.group(1)
    await harbour.accepted(group, values=["5.00"])
    lot_id = await harbour.accepted(group, values=["70.00"])
    answers = await asyncio.gather(*(cancel(group.clerk, lot_id) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 9
    assert (await harbour.quota(group.residents[0]))["reserved"] == "5.00"
    assert (await harbour.events(lot_id)).count("LotCancelled") == 1


async def test_a_released_lot_cannot_be_cancelled(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["70.00"])
    refused = await cancel(group.clerk, lot_id)
    assert (refused.status_code, codes(refused)) == (409, ["STATE_CONFLICT"])
    assert (await harbour.quota(group.residents[0]))["consumed"] == "70.00"


@pytest.mark.parametrize("goods", ["08013100", RED_GOODS])
async def test_release_and_cancellation_at_once_leave_exactly_one_of_the_two(
    harbour: Harbour, goods: str
) -> None:
    group = await harbour.group(1)
    lots = [await harbour.accepted(group, values=["10.00"], hs_code=goods) for _ in range(6)]

    async def both(lot_id: str) -> int:
        _, cancelled = await asyncio.gather(
            confirm(group.clerk, lot_id, by_mandate=True), cancel(group.clerk, lot_id)
        )
        return cancelled.status_code

    statuses = await asyncio.gather(*(both(lot_id) for lot_id in lots))
    for lot_id, status in zip(lots, statuses, strict=True):
        assert status in (200, 409)
        ends = ("CANCELLED",) if status == 200 else ("RELEASED", "IN_INSPECTION", "SUBMITTED")
        await harbour.until(group.clerk, lot_id, *ends)
    kept = sum(status == 409 for status in statuses)
    quota = await harbour.quota(group.residents[0])
    assert float(quota["reserved"]) + float(quota["consumed"]) == 10.0 * kept


async def test_a_cancellation_right_after_the_receipt_neither_fails_nor_gets_lost(
    harbour: Harbour,
) -> None:
    """Between the commit and the start of its workflow a lot can be withdrawn already."""
    group = await harbour.group(1)
    body = lot_body(group, port=harbour.port, values=["10.00"])

    async def submit_and_cancel() -> int:
        own = {**body, "reference": f"R-{uuid4().hex[:12]}"}
        lot_id = (await group.clerk.post(LOTS, own))["lot_id"]
        return (await cancel(group.clerk, lot_id)).status_code

    assert await asyncio.gather(*(submit_and_cancel() for _ in range(12))) == [200] * 12
    assert (await harbour.quota(group.residents[0]))["reserved"] == "0.00"


async def test_a_lot_whose_case_has_not_begun_is_cancelled_and_never_begins_again(
    harbour: Harbour,
) -> None:
    """The start of the case is held back in the outbox; the withdrawal stands without a case."""
    group, sql = await harbour.group(1), harbour.window.sql
    await sql.execute(
        "CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " NEW.due_at = now() + interval '1 hour'; RETURN NEW; END $$"
    )
    await sql.execute(
        "CREATE TRIGGER hold_back BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION hold_back()"
    )
    lot_id = await harbour.accepted(group, values=["10.00"])
    await sql.execute("DROP FUNCTION hold_back CASCADE")
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE told = $1", lot_id) == 1
    assert (await cancel(group.clerk, lot_id)).json()["state"] == "CANCELLED"
    await sql.execute("UPDATE outbox SET due_at = now() WHERE told = $1", lot_id)
    await delivered(sql, lot_id)
    assert await harbour.events(lot_id) == ["LotSubmitted", "LotCancelled"]
    assert (await read(group.clerk, f"{LOTS}/{lot_id}")).json()["state"] == "CANCELLED"


async def test_a_reason_fit_to_keep_by_number(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    reason = {"reason": f"sold by {group.residents[0]}"}
    answer = await group.clerk.try_post(f"{LOTS}/{lot_id}/cancellation", reason)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert group.residents[0] not in answer.text


async def test_only_its_own_party_cancels_a_lot(harbour: Harbour) -> None:
    group, other = await harbour.group(2), await harbour.group(1)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    member = await harbour.window.phone(group.residents[0])
    assert (await cancel(other.clerk, lot_id)).status_code == 404
    assert (await cancel(member, lot_id)).status_code == 404
    assert (await cancel(group.clerk, new_id("lot"))).status_code == 404
    assert (await read(group.clerk, f"{LOTS}/{lot_id}")).json()["state"] == "SUBMITTED"


async def test_a_decision_on_an_older_reading_is_refused(harbour: Harbour) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    etag = (await read(group.clerk, f"{LOTS}/{lot_id}")).headers["etag"]
    await confirm(await harbour.window.phone(group.residents[0]), lot_id)
    late = await cancel(group.clerk, lot_id, **{"If-Match": etag})
    assert (late.status_code, codes(late)) == (412, ["VERSION_MISMATCH"])
    fresh = (await read(group.clerk, f"{LOTS}/{lot_id}")).headers["etag"]
    assert fresh != etag
    assert (await cancel(group.clerk, lot_id, **{"If-Match": fresh})).status_code == 200


async def test_members_who_read_the_same_confirm_in_whatever_order(harbour: Harbour) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **SOME)
    one, two = [await harbour.window.phone(n) for n in group.residents]
    etag = (await read(two, f"{LOTS}/{lot_id}")).headers["etag"]
    await confirm(one, lot_id)
    path, own = f"{LOTS}/{lot_id}/confirmations", {"by_mandate": False}
    # What the other has confirmed changes nothing of what this one has read and agrees to.
    assert (await two.try_post(path, own, **{"If-Match": etag})).status_code == 200
    assert (await read(two, f"{LOTS}/{lot_id}")).json()["state"] != "SUBMITTED"


@pytest.mark.parametrize("tag", ["*", "abc", '"', "-1"])
async def test_an_etag_that_is_not_ours_matches_nothing(harbour: Harbour, tag: str) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    answer = await cancel(group.clerk, lot_id, **{"If-Match": tag})
    assert codes(answer) == ["VERSION_MISMATCH"]


async def test_a_party_finds_its_lot_by_its_own_reference(harbour: Harbour) -> None:
    group, other = await harbour.group(1), await harbour.group(1)
    lot_id = await harbour.accepted(group, reference="TRUCK/7", values=["10.00"])
    found = (await read(group.clerk, LOTS, reference="TRUCK/7")).json()
    assert [lot["lot_id"] for lot in found["items"]] == [lot_id]
    assert (await read(other.clerk, LOTS, reference="TRUCK/7")).json()["items"] == []


async def test_pages_are_stable_while_lots_are_added(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lots = [await harbour.accepted(group, values=["1.00"]) for _ in range(5)]
    first = (await read(group.clerk, LOTS, limit=2)).json()
    lots.append(await harbour.accepted(group, values=["1.00"]))
    seen, cursor = [lot["lot_id"] for lot in first["items"]], first["next_cursor"]
    while cursor is not None:
        page = (await read(group.clerk, LOTS, limit=2, cursor=cursor)).json()
        seen += [lot["lot_id"] for lot in page["items"]]
        cursor = page["next_cursor"]
    assert seen == lots


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"cursor": "nonsense"},
        {"cursor": "é"},
        {"state": "LOST"},
        {"reference": "x" * 65},
    ],
    ids=str,
)
async def test_a_page_that_cannot_be_meant_is_refused(
    harbour: Harbour, params: dict[str, str]
) -> None:
    group = await harbour.group(1)
    answer = await read(group.clerk, LOTS, **params)
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])


async def test_tickets_are_paged_in_line_order(harbour: Harbour) -> None:
    group = await harbour.group(5)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["1.00"] * 5)
    lines: list[int] = []
    place: dict[str, str] = {}
    while place is not None:
        page = (await read(group.clerk, f"{LOTS}/{lot_id}/tickets", limit=2, **place)).json()
        lines += [t["line_no"] for t in page["items"]]
        if page["next_cursor"] is None:
            break
        place = {"cursor": page["next_cursor"]}
    assert lines == [1, 2, 3, 4, 5]


async def test_who_waits_is_answered_with_the_decided_case(harbour: Harbour) -> None:
    group = await harbour.group(1)
    phone = await harbour.window.phone(group.residents[0])
    body = lot_body(group, port=harbour.port, group_code=None, values=["10.00"])
    answer = await phone.try_post(LOTS, body, Prefer="wait=20")
    assert (answer.status_code, answer.json()["state"]) == (201, "RELEASED")
    assert answer.json()["lane"] == "GREEN"
    assert answer.json()["released_at"] is not None


async def test_who_waits_for_too_short_gets_the_receipt(harbour: Harbour) -> None:
    group = await harbour.group(1)
    body = lot_body(group, port=harbour.port, values=["10.00"])
    answer = await group.clerk.try_post(LOTS, body, Prefer="wait=1")
    assert (answer.status_code, answer.json()["state"]) == (201, "SUBMITTED")


async def test_a_post_without_an_idempotency_key_is_told_to_bring_one(harbour: Harbour) -> None:
    group = await harbour.group(1)
    headers = {"Authorization": f"Bearer {group.clerk.bearer}"}
    answer = await group.clerk.http.post(LOTS, json=lot_body(group), headers=headers)
    assert (answer.status_code, codes(answer)) == (400, ["IDEMPOTENCY_KEY_REQUIRED"])
