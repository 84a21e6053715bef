"""Inspection orders as cases: two drawn officers, findings, the other one's signature."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.inspection.schemas.models import OrderAnswer
from services.kernel.identifiers import new_id, uuid_of
from tests.support.facts import told
from tests.support.inspection import CLEAN, RED_GOODS, YELLOW_GOODS, Office
from tests.support.patience import sooner_or_later
from tests.support.recording import recorded
from tests.support.window import codes


def paths(order_id: str) -> tuple[str, str]:
    base = f"/inspection/v1/orders/{order_id}"
    return f"{base}/findings", f"{base}/countersignature"


async def test_two_drawn_officers_find_no_difference_and_the_goods_are_released(
    office: Office,
) -> None:
    order_id = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    author, signer = await office.colleagues(order)
    findings, signature = paths(order_id)
    found = await author.post(findings, CLEAN)
    assert (found["state"], found["findings"]["author"]) == (
        "AWAITING_SIGNATURE",
        order["officers"][0],
    )
    signed = await signer.post(signature, {"agree": True})
    assert (signed["state"], signed["disposal"]) == ("CONCLUDED", "RELEASE")
    assert await office.ended(order_id) == "CONCLUDED"
    assert await office.events(order_id) == [
        "InspectionOrdered",
        "InspectionStaffed",
        "FindingsRecorded",
        "InspectionConcluded",
    ]
    await recorded(office.client, order_id, "inspection_released")


async def test_an_order_is_shown_as_the_contract_describes_it(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    found = await author.post(paths(order_id)[0], CLEAN)
    assert OrderAnswer.model_validate(found).model_dump() == found


async def test_a_document_check_needs_no_bay(office: Office) -> None:
    order_id = await office.inspected(await office.port(), YELLOW_GOODS)
    order = await office.order(order_id, state="ASSIGNED")
    assert (order["method_ordered"], order["bay"]) == ("DOCUMENT", None)


async def test_a_physical_inspection_has_a_drawn_bay(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    assert order["bay"] in ("B1", "B2", "B3", "B4")


async def test_goods_found_smuggled_are_seized(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, {**CLEAN, "results": ["SMUGGLED"], "disposal": "SEIZE"})
    await signer.post(signature, {"agree": True})
    assert await office.ended(order_id) == "CONCLUDED"
    concluded = await office.order(order_id)
    assert (concluded["disposal"], concluded["findings"]["results"]) == ("SEIZE", ["SMUGGLED"])


async def test_the_author_may_not_countersign_own_findings(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    answer = await author.try_post(signature, {"agree": True})
    assert (answer.status_code, codes(answer)) == (409, ["SAME_PERSON"])
    assert (await office.order(order_id))["state"] == "AWAITING_SIGNATURE"


async def test_an_officer_who_was_not_drawn_may_not_decide(office: Office) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    await office.order(order_id, state="ASSIGNED")
    stranger = office.officer(await office.hire(port), port)
    answer = await stranger.try_post(paths(order_id)[0], CLEAN)
    assert codes(answer) == ["NOT_DRAWN"]


async def test_an_officer_of_another_port_sees_no_such_order(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    await office.order(order_id, state="ASSIGNED")
    stranger = office.officer(new_id("ofc"), "ELSEWHERE")
    answer = await stranger.try_post(paths(order_id)[0], CLEAN)
    assert answer.status_code == 404


async def test_disagreement_sends_the_findings_back_with_a_remark(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    one, other = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await one.post(findings, CLEAN)
    silent = await other.try_post(signature, {"agree": False})
    assert silent.status_code == 422
    back = await other.post(signature, {"agree": False, "remark": "the scales were not tared"})
    assert (back["state"], back["findings"]["agreed"]) == ("SENT_BACK", False)
    # Whoever disagreed may make the second findings; then the first author signs.
    again = await other.post(findings, {**CLEAN, "method": "FULL"})
    assert again["round"] == 2
    await one.post(signature, {"agree": True})
    assert await office.ended(order_id) == "CONCLUDED"
    await recorded(office.client, order_id, "inspection_sent_back")


async def test_two_officers_decide_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    for _ in range(5):
        order_id = await office.inspected(await office.port())
        officers = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
        findings, _signature = paths(order_id)
        answers = await asyncio.gather(*(o.try_post(findings, CLEAN) for o in officers))
        assert sorted(a.status_code for a in answers) == [200, 409]
        (refused,) = [a for a in answers if a.status_code == 409]
        assert codes(refused) == ["STATE_CONFLICT"]
        assert "waits for the second signature" in refused.json()["detail"]
        assert (await office.events(order_id)).count("FindingsRecorded") == 1


async def test_a_decision_on_an_older_reading_is_refused(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    author, signer = await office.colleagues(order)
    findings, signature = paths(order_id)
    await author.try_post(findings, CLEAN, **{"If-Match": f'"{order["version"]}"'})
    stale = await signer.try_post(
        signature, {"agree": True}, **{"If-Match": f'"{order["version"]}"'}
    )
    assert (stale.status_code, codes(stale)) == (412, ["VERSION_MISMATCH"])


async def test_the_same_decision_sent_again_has_the_same_answer(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    key = {"Idempotency-Key": new_id("ins")}
    first = await signer.try_post(signature, {"agree": True}, **key)
    assert await office.ended(order_id) == "CONCLUDED"
    again = await signer.try_post(signature, {"agree": True}, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


async def test_a_concluded_order_takes_no_more_decisions(office: Office) -> None:
    order_id = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    await signer.post(signature, {"agree": True})
    assert await office.ended(order_id) == "CONCLUDED"
    answer = await author.try_post(findings, CLEAN)
    assert (answer.status_code, codes(answer)) == (409, ["STATE_CONFLICT"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "OUTER"}, "METHOD_INSUFFICIENT"),
        ({"results": ["QUANTITY"]}, "DISPOSAL_NOT_ALLOWED"),
        ({"results": ["NO_DIFFERENCE", "NAME"]}, "RESULTS_INCONSISTENT"),
        ({"found_kg": None}, "WEIGHT_REQUIRED"),
        ({"found_kg": "60"}, "FINDINGS_INCONSISTENT"),
        ({"results": ["QUANTITY"], "disposal": "AMEND"}, "FINDINGS_INCONSISTENT"),
    ],
)
async def test_findings_that_do_not_fit_are_refused_with_a_pointer(
    office: Office, change: dict[str, Any], code: str
) -> None:
    order_id = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    answer = await author.try_post(paths(order_id)[0], {**CLEAN, **change})
    assert code in codes(answer)
    assert (await office.order(order_id))["state"] == "ASSIGNED"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"remark": "owner 450681188501011237 was present"}, "/remark"),
        (
            {"items": [{"hs_code": "08013100", "goods_name": "nuts of 450681188501011237"}]},
            "/items/0/goods_name",
        ),
        ({"items": [{"hs_code": "0801_3100", "goods_name": "nuts"}]}, "/items/0/hs_code"),
    ],
)
async def test_findings_name_nobody_by_number_and_goods_by_plain_digits(
    office: Office, change: dict[str, Any], pointer: str
) -> None:
    order_id = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    answer = await author.try_post(paths(order_id)[0], {**CLEAN, **change})
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_order_short_of_officers_waits_visibly_and_is_drawn_when_one_comes(
    office: Office, skipped: Any
) -> None:
    port = await office.port(officers=1)
    order_id = await office.inspected(port)
    order = await office.order(order_id, state="UNSTAFFED")
    assert order["unstaffed_reason"] == "OFFICERS_TOO_FEW"
    await tried(office, order_id, 1)
    await office.hire(port)
    await skipped(office.client.get_workflow_handle(order_id), minutes=2)
    assert len((await office.order(order_id, state="ASSIGNED"))["officers"]) == 2
    assert await office.events(order_id) == [
        "InspectionOrdered",
        "InspectionUnstaffed",
        "InspectionStaffed",
    ]
    await recorded(office.client, order_id, "inspection_unstaffed")


async def test_an_order_short_of_officers_is_drawn_again_later_each_time(
    office: Office, skipped: Any
) -> None:
    """Nobody need say that somebody was hired; nor is the record asked all day long."""
    order_id = await office.inspected(await office.port(officers=0))
    case = office.client.get_workflow_handle(order_id)
    for attempt in range(1, 5):
        await tried(office, order_id, attempt)
        await skipped(case, seconds=30 * attempt + 1)
    await tried(office, order_id, 5)
    events = (await case.fetch_history()).events
    timers = [e.timer_started_event_attributes.start_to_fire_timeout for e in events]
    waits = [round(timer.ToSeconds()) for timer in timers if timer.ToNanoseconds()]
    assert len(waits) >= 4
    assert waits == sorted(waits)
    assert len(set(waits)) > 2
    assert (await office.events(order_id)).count("InspectionUnstaffed") == 1


async def test_an_order_short_of_officers_is_drawn_at_once_when_it_is_told(
    office: Office,
) -> None:
    port = await office.port(officers=1)
    order_id = await office.inspected(port)
    await tried(office, order_id, 1)
    await office.hire(port)
    await told(office.sql, order_id)
    await office.order(order_id, state="ASSIGNED")


async def tried(office: Office, order_id: str, attempts: int) -> None:
    """So many times it was tried to draw for an order."""

    async def enough() -> bool:
        done = "SELECT attempts FROM inspection_orders WHERE order_id = $1"
        return bool(await office.sql.fetchval(done, uuid_of(order_id, "ins")) >= attempts)

    await sooner_or_later(enough)


async def test_an_officer_with_a_conflict_of_interest_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=2)
    kin = await office.hire(port)
    await office.conflict(kin, "group:DX-G001")
    order_id = await office.inspected(port)
    assert kin not in (await office.order(order_id, state="ASSIGNED"))["officers"]


async def test_kin_of_a_resident_with_a_share_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=2)
    kin, resident = await office.hire(port), new_id("res")
    await office.conflict(kin, f"resident:{resident}")
    lot_id = await office.lot(port, RED_GOODS)
    await office.share(lot_id, resident)
    screened = await office.screened(lot_id)
    order = await office.order(str(screened.order_id), state="ASSIGNED")
    assert kin not in order["officers"]


async def test_an_officer_without_the_skill_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=1)
    await office.hire(port, ("document",))
    order_id = await office.inspected(port)
    await office.order(order_id, state="UNSTAFFED")


async def test_a_drawn_officer_who_leaves_is_replaced_by_another_draw_and_only_then(
    office: Office,
) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    order = await office.order(order_id, state="ASSIGNED")
    gone, stays = order["officers"]
    path = f"/inspection/v1/orders/{order_id}/redraw"
    officer = office.officer(stays, port)
    refused = await officer.try_post(path, {"grounds": "ill"})
    assert codes(refused) == ["OFFICERS_STILL_ELIGIBLE"]
    await office.dismiss(gone)
    late = await office.officer(gone, port).try_post(paths(order_id)[0], CLEAN)
    assert codes(late) == ["OFFICER_NOT_ON_FILE"]
    redrawn = await officer.post(path, {"grounds": "left the service"})
    assert redrawn["state"] == "ASSIGNED"
    assert redrawn["officers"][0] == stays
    assert gone not in redrawn["officers"]


async def test_a_redraw_with_too_few_left_leaves_the_order_to_its_case(office: Office) -> None:
    """Said at once to whoever asked; drawn by the case as soon as it is told of somebody."""
    port = await office.port(officers=2)
    order_id = await office.inspected(port)
    gone, stays = (await office.order(order_id, state="ASSIGNED"))["officers"]
    await office.dismiss(gone)
    path = f"/inspection/v1/orders/{order_id}/redraw"
    redrawn = await office.officer(stays, port).post(path, {"grounds": "left the service"})
    assert (redrawn["state"], redrawn["officers"]) == ("UNSTAFFED", [stays])
    hired = await office.hire(port)
    await told(office.sql, order_id)
    assert set((await office.order(order_id, state="ASSIGNED"))["officers"]) == {stays, hired}


async def test_the_queue_shows_perishables_first_then_the_nearest_clock(office: Office) -> None:
    port = await office.port()
    slow = await office.inspected(port)
    fresh = await office.inspected(port, perishable=True)
    for order_id in (slow, fresh):
        await office.order(order_id, state="ASSIGNED")
    officer = office.officer(new_id("ofc"), port)
    first = await officer.get("/inspection/v1/orders", open=True, limit=1)
    second = await officer.get("/inspection/v1/orders", open=True, cursor=first["next_cursor"])
    shown = [o["order_id"] for o in (*first["items"], *second["items"])]
    assert shown == [fresh, slow]
    due = first["items"][0]["release_due_at"]
    assert due.endswith("+08:00")
    # What is due is asked for by the clock, however long the queue is.
    for asked, left in (({"due_before": due}, []), ({"due_from": due}, [fresh, slow])):
        page = await officer.get("/inspection/v1/orders", open=True, **asked)
        assert [order["order_id"] for order in page["items"]] == left
