"""The work list: what waits for whom, from the act that makes it wait to the act that ends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.sandbox.parties import Party
from services.kernel.header import Mark
from tests.services.processing.conftest import Factories, M, P, factory, pass_gate
from tests.services.processing.test_book_alerts import alerts, officer, word
from tests.services.processing.test_corrections import mistyped
from tests.services.window.conftest import Desk, resident_party
from tests.support.harbour import PASSED, Harbour, open_port
from tests.support.log import mark

__all__ = ["factory"]

WORK = "/window/v1/work"


@pytest.fixture
async def own_harbour(harbour: Harbour) -> Harbour:
    """A port whose officers a test may dismiss."""
    return Harbour(harbour.window, await open_port(harbour.window))


async def waiting(party: Party, *about: str, **query: Any) -> list[tuple[str, str]]:
    """What waits for a party: the case and what it waits for; about these cases, if any."""
    page = await party.get(WORK, limit=200, **query)
    found = [(item["case_id"], item["code"]) for item in page["items"]]
    return [piece for piece in found if not about or piece[0] in about]


async def test_an_order_lies_on_the_desks_of_the_two_officers_drawn_and_on_no_other(
    harbour: Harbour,
) -> None:
    lot = await harbour.inspected(await harbour.group())
    order_id = lot["order_id"]
    one, other = await harbour.officers(order_id)
    drawn = (await harbour.order(order_id))["officers"]
    stranger = harbour.officer(next(o for o in await harbour.on_duty() if o not in drawn))

    assert [await waiting(officer, order_id) for officer in (one, other)] == [
        [(order_id, "FINDINGS")]
    ] * 2
    assert await waiting(stranger, order_id) == []
    (item,) = [i for i in (await one.get(WORK, limit=200))["items"] if i["case_id"] == order_id]
    assert (item["kind"], item["port"], item["own"]) == ("inspection_order", harbour.port, True)
    assert item["due_at"] == lot["release_due_at"]


async def test_a_piece_of_work_leaves_one_desk_and_enters_the_other_with_the_act(
    harbour: Harbour,
) -> None:
    lot = await harbour.inspected(await harbour.group())
    order_id = lot["order_id"]
    one, other = await harbour.officers(order_id)
    path = f"/inspection/v1/orders/{order_id}"

    await one.post(f"{path}/findings", PASSED)
    after_findings = [await waiting(one, order_id), await waiting(other, order_id)]
    await other.post(f"{path}/countersignature", {"agree": True})

    assert after_findings == [[], [(order_id, "COUNTERSIGNATURE")]]
    assert [await waiting(one, order_id), await waiting(other, order_id)] == [[], []]


async def test_an_officer_who_left_or_sits_at_another_port_sees_no_work(
    own_harbour: Harbour,
) -> None:
    harbour = own_harbour
    lot = await harbour.inspected(await harbour.group())
    drawn = (await harbour.order(lot["order_id"]))["officers"]
    elsewhere = harbour.window.parties.act_as("officer", f"officer:{drawn[1]}", port="PINGXIANG")

    await harbour.dismiss(drawn[0])

    assert await waiting(harbour.officer(drawn[0])) == []
    assert await waiting(elsewhere) == []
    assert await waiting(elsewhere, whose="port") == []


async def test_a_port_finds_what_was_drawn_to_an_officer_who_left(own_harbour: Harbour) -> None:
    harbour = own_harbour
    lot = await harbour.inspected(await harbour.group())
    drawn = (await harbour.order(lot["order_id"]))["officers"]
    colleague = harbour.officer(next(o for o in await harbour.on_duty() if o not in drawn))

    await harbour.dismiss(drawn[0])

    assert (lot["order_id"], "FINDINGS") in await waiting(colleague, whose="port")
    assert (lot["order_id"], "FINDINGS") in await waiting(colleague, whose="team")
    await harbour.dismiss(drawn[1])
    assert (lot["order_id"], "FINDINGS") in await waiting(colleague, whose="port")
    assert await waiting(colleague, lot["order_id"], whose="team") == []


async def test_a_lot_goes_over_the_desks_of_its_members_the_gate_its_side_and_its_factory(
    harbour: Harbour, factory: Factories
) -> None:
    plant, customs = await factory(), harbour.officer((await harbour.on_duty())[0])
    group = await harbour.group(2)
    lot_id = await harbour.accepted(
        group, values=["7000.00"] * 2, residents=group.residents[:2], purpose="RESALE"
    )
    phone = await harbour.window.phone(group.residents[0])
    to_confirm = [await waiting(group.clerk), await waiting(phone)]
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True})
    await harbour.until(group.clerk, lot_id, "RELEASED")
    released = [
        await waiting(group.clerk),
        await waiting(harbour.gate, lot_id),
        await waiting(phone),
    ]
    purchase_id = await plant.buy(lot_id)
    bought = [await waiting(group.clerk), await waiting(plant.party, code="DISPATCH")]
    nothing_to_fetch = await waiting(customs, lot_id, whose="port")
    await pass_gate(harbour.window, lot_id, harbour.gate)
    await harbour.until(group.clerk, lot_id, "SOLD")
    movement = {"seal_no": "S-0001", "vehicle_plate": "桂P12345"}
    await plant.party.post(f"{P}/purchases/{purchase_id}/movement", movement)
    on_its_way = await waiting(plant.party, kind="lot")
    nothing_to_receive = await waiting(customs, lot_id, whose="port")
    book_id = await plant.open_book()
    await plant.receive(purchase_id, book_id, "200")

    assert to_confirm == [[(lot_id, "SHARES_TO_CONFIRM")]] * 2
    assert released == [
        [(lot_id, "SALE"), (lot_id, "SETTLEMENT")],
        [(lot_id, "GATE_PASS")],
        [],
    ]
    assert bought == [[(lot_id, "SETTLEMENT")], [(lot_id, "DISPATCH")]]
    assert await waiting(harbour.gate, lot_id) == []
    assert on_its_way == [(lot_id, "RECEIPT")]
    assert nothing_to_fetch == nothing_to_receive == []
    assert await waiting(plant.party, kind="lot") == []
    assert (book_id, "CLOSING") in await waiting(plant.party)


async def test_a_withdrawn_offer_is_the_sides_to_make_again(
    harbour: Harbour, factory: Factories
) -> None:
    plant = await factory()
    group = await harbour.group()
    lot_id = await harbour.released(group, values=["7000.00"])
    order_id = await plant.order()
    assert (await plant.try_offer(order_id, lot_id)).status_code == 201
    offered = [await waiting(group.clerk, code="SALE"), await waiting(plant.party, kind="lot")]
    await group.clerk.post(f"{M}/offers/withdrawal", {"order_id": order_id, "lot_id": lot_id})

    assert offered == [[], [(lot_id, "PURCHASE")]]
    assert await waiting(group.clerk, code="SALE") == [(lot_id, "SALE")]
    assert await waiting(plant.party, kind="lot") == []


async def of_book(party: Party, book_id: str, **query: Any) -> dict[str, tuple[bool, str | None]]:
    """What waits in a book: whether it is the party's own, and whom it waits for instead."""
    page = await party.get(WORK, kind="e_book", limit=200, **query)
    items = [item for item in page["items"] if item["case_id"] == book_id]
    return {item["code"]: (item["own"], item["waits_for"]) for item in items}


async def books_counted(party: Party) -> int:
    """How many pieces of work of books are counted as the party's."""
    counts = (await party.get(WORK))["counts"]
    return sum(count["count"] for count in counts if count["kind"] == "e_book")


async def test_an_alert_of_a_book_is_the_officers_work_and_the_factory_reads_that_it_waits(
    harbour: Harbour, factory: Factories
) -> None:
    plant, group = await factory(), await harbour.window.group(20)
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2450")
    before = await of_book(plant.party, book_id), await books_counted(plant.party)
    assert (await plant.close(book_id, "20")).json()["state"] == "ALERTED"
    counted = await of_book(plant.party, book_id), await books_counted(plant.party)
    customs, _ = await officer(harbour.window)
    theirs = await of_book(customs, book_id)
    (alert,) = await alerts(plant.party, book_id)
    await word(customs, alert["alert_id"], "REOPEN")

    assert before == ({"CLOSING": (True, None)}, 1)
    assert counted == ({"ALERT": (False, "customs")}, 0)
    assert theirs == {"ALERT": (False, None)}
    assert await of_book(customs, book_id) == {}
    assert (await of_book(plant.party, book_id), await books_counted(plant.party)) == before


async def test_a_correction_waits_for_customs_beside_the_factorys_own_work(
    harbour: Harbour, factory: Factories
) -> None:
    group = await harbour.window.group(20)
    plant, book_id, receipt_id, _ = await mistyped(harbour.window, group, factory, "1000")
    asked = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "10000"}
    answer = await plant.party.try_post(
        f"{P}/books/{book_id}/corrections", {**asked, "grounds": "the scale missed a digit"}
    )
    assert answer.status_code == 201, answer.text

    items = await of_book(plant.party, book_id)
    assert items["CORRECTION"] == (False, "customs")
    assert items["CLOSING"] == (True, None)
    assert await books_counted(plant.party) == 1


async def test_nothing_waits_for_whoever_has_nothing_to_do(desk: Desk) -> None:
    page = (await desk.get(WORK, party=f"group:{uuid4().hex}")).json()

    assert page == {"items": [], "counts": [], "next_cursor": None}


async def test_for_whom_no_case_waits_there_is_no_list(desk: Desk) -> None:
    assert (await desk.get(WORK, "carrier", "carrier:C1")).status_code == 403


async def test_nothing_is_waited_for_from_an_auditor(desk: Desk) -> None:
    await desk.file_lot()

    page = (await desk.get(WORK, "auditor", "auditor:A1")).json()

    assert page == {"items": [], "counts": [], "next_cursor": None}


async def _on_the_desk(desk: Desk, group: str, *due_in_h: float | None) -> list[str]:
    """Lots that wait for a group, each due in so many hours; their ids."""
    cases = []
    for hours in due_in_h:
        lot_id = await desk.file_lot(group=group)
        due = None if hours is None else datetime.now(UTC) + timedelta(hours=hours)
        waits = {("SETTLEMENT", f"group:{group}"): due}
        await mark(desk.sql, (lot_id, Mark(waits=waits)))
        cases.append(lot_id)
    return cases


async def test_what_is_due_first_stands_first_and_what_has_no_deadline_last(desk: Desk) -> None:
    group = uuid4().hex
    never, later, sooner, past = await _on_the_desk(desk, group, None, 9, 3, -1)

    page = (await desk.get(WORK, party=f"group:{group}")).json()

    assert [item["case_id"] for item in page["items"]] == [past, sooner, later, never]
    assert [item["overdue"] for item in page["items"]] == [True, False, False, False]
    assert page["items"][-1]["due_at"] is None
    assert page["counts"] == [{"kind": "lot", "count": 4, "more": False}]


async def test_pages_follow_one_another_while_cases_come_and_go(desk: Desk) -> None:
    group = uuid4().hex
    party = f"group:{group}"
    one, two, three, four = await _on_the_desk(desk, group, 1, 2, 3, None)

    first = (await desk.get(f"{WORK}?limit=2", party=party)).json()
    (earlier,) = await _on_the_desk(desk, group, 0.5)
    await mark(desk.sql, (two, Mark(drop=[("SETTLEMENT", None)])))
    second = (await desk.get(f"{WORK}?limit=2&cursor={first['next_cursor']}", party=party)).json()
    again = (await desk.get(WORK, party=party)).json()

    assert [item["case_id"] for item in first["items"]] == [one, two]
    assert [item["case_id"] for item in second["items"]] == [three, four]
    assert second["next_cursor"] is None
    assert [item["case_id"] for item in again["items"]] == [earlier, one, three, four]


async def test_the_list_is_asked_by_kind_code_port_and_time(desk: Desk) -> None:
    group = uuid4().hex
    near, far = await _on_the_desk(desk, group, 1, 50)
    party = f"group:{group}"

    async def asked(query: str) -> list[str]:
        page = (await desk.get(f"{WORK}?{query}", party=party)).json()
        return [item["case_id"] for item in page["items"]]

    soon = (datetime.now(UTC) + timedelta(hours=24)).isoformat().replace("+", "%2B")
    old = (datetime.now(UTC) - timedelta(hours=24)).isoformat().replace("+", "%2B")
    assert await asked("kind=lot") == [near, far]
    assert await asked("kind=settlement") == []
    assert await asked("code=GATE_PASS") == []
    assert await asked("port=DONGXING") == [near, far]
    assert await asked("port=PINGXIANG") == []
    assert await asked(f"due_before={soon}") == [near]
    assert await asked(f"since_before={old}") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("kind=loot", "/query/kind"),
        ("cursor=nonsense", "/query/cursor"),
        ("cursor=MHx4fHh8eA", "/query/cursor"),
        ("whose=port", "/query/whose"),
        ("whose=everybody", "/query/whose"),
        ("due_before=soon", "/query/due_before"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_what_to_do(
    desk: Desk, query: str, pointer: str
) -> None:
    answer = await desk.get(f"{WORK}?{query}")

    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


async def test_a_resident_alone_finds_the_own_shares_by_the_tickets(desk: Desk) -> None:
    resident = uuid4()
    lot_id = await desk.file_lot(resident=resident)
    await desk.file_lot()

    page = (await desk.get(WORK, "resident", resident_party(resident))).json()

    assert [(i["case_id"], i["code"]) for i in page["items"]] == [(lot_id, "SHARES_TO_CONFIRM")]
    assert page["counts"] == [{"kind": "lot", "count": 1, "more": False}]


async def test_what_waits_is_said_in_the_readers_language(desk: Desk) -> None:
    group = uuid4().hex
    await desk.file_lot(group=group)
    await _on_the_desk(desk, group, 1)
    bearer = {"authorization": f"Bearer {desk.token('clerk', f'group:{group}')}"}

    said = {
        language: (await desk.http.get(WORK, headers=bearer | {"accept-language": language})).json()
        for language in ("en", "zh-CN", "vi")
    }

    details = {said[language]["items"][0]["detail"] for language in said}
    assert len(details) == 3
    assert {said[language]["items"][0]["code"] for language in said} == {"SETTLEMENT"}


async def test_nobody_marks_what_he_may_not_tell(desk: Desk) -> None:
    lot_id = await desk.file_lot()
    marks = json.dumps([Mark(readers=["group:spy"]).as_json(lot_id)])

    async with desk.sql.acquire() as sql, sql.transaction():
        await sql.execute("SET LOCAL SESSION AUTHORIZATION tw_registry")
        with pytest.raises(Exception, match=r"permission denied|marks no case"):
            await sql.execute("SELECT mark_cases($1, now())", marks)
