"""Inspection orders as cases: two drawn officers, findings, the other one's signature."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from deploy.demo.parties import Party
from services.inspection.schemas.models import OrderAnswer
from services.kernel.identifiers import new_id
from services.platform import temporal
from tests.support.inspection import CLEAN, RED_GOODS, YELLOW_GOODS, Office, codes
from tests.support.window import PORT, Window
from workflows.inspection import Inspection
from workflows.ports.inspection import LotMove, LotWithdrawn

HISTORIES = Path(__file__).parents[1] / "replay" / "histories"


def paths(order_id: str) -> tuple[str, str]:
    base = f"/inspection/v1/orders/{order_id}"
    return f"{base}/findings", f"{base}/countersignature"


async def test_two_drawn_officers_find_no_difference_and_the_goods_are_released(
    office: Office,
) -> None:
    order_id, case = await office.inspected(await office.port())
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
    outcome = await case.result()
    assert (outcome.disposal, outcome.lot_move) == ("RELEASE", LotMove.RELEASE)
    assert await office.events(order_id) == [
        "InspectionOrdered",
        "InspectionStaffed",
        "FindingsRecorded",
        "InspectionConcluded",
    ]


async def test_an_order_is_shown_as_the_contract_describes_it(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    found = await author.post(paths(order_id)[0], CLEAN)
    assert OrderAnswer.model_validate(found).model_dump() == found


async def test_a_document_check_needs_no_bay(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port(), YELLOW_GOODS)
    order = await office.order(order_id, state="ASSIGNED")
    assert (order["method_ordered"], order["bay"]) == ("DOCUMENT", None)


async def test_a_physical_inspection_has_a_drawn_bay(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    assert order["bay"] in ("B1", "B2", "B3", "B4")


async def test_goods_found_smuggled_are_seized(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, {**CLEAN, "results": ["SMUGGLED"], "disposal": "SEIZE"})
    await signer.post(signature, {"agree": True})
    outcome = await case.result()
    assert (outcome.lot_move, outcome.results) == (LotMove.SEIZE, ("SMUGGLED",))


async def test_the_author_may_not_countersign_own_findings(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    answer = await author.try_post(signature, {"agree": True})
    assert (answer.status_code, codes(answer)) == (409, ["OWN_FINDINGS"])
    assert (await office.order(order_id))["state"] == "AWAITING_SIGNATURE"


async def test_an_officer_who_was_not_drawn_may_not_decide(office: Office) -> None:
    port = await office.port()
    order_id, _ = await office.inspected(port)
    await office.order(order_id, state="ASSIGNED")
    stranger = office.officer(await office.hire(port), port)
    answer = await stranger.try_post(paths(order_id)[0], CLEAN)
    assert codes(answer) == ["NOT_DRAWN"]


async def test_an_officer_of_another_port_sees_no_such_order(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port())
    await office.order(order_id, state="ASSIGNED")
    stranger = office.officer(new_id("ofc"), "ELSEWHERE")
    answer = await stranger.try_post(paths(order_id)[0], CLEAN)
    assert answer.status_code == 404


async def test_disagreement_sends_the_findings_back_with_a_remark(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
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
    assert (await case.result()).disposal == "RELEASE"


async def test_two_officers_decide_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    for _ in range(5):
        order_id, _case = await office.inspected(await office.port())
        officers = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
        findings, _signature = paths(order_id)
        answers = await asyncio.gather(*(o.try_post(findings, CLEAN) for o in officers))
        assert sorted(a.status_code for a in answers) == [200, 409]
        (refused,) = [a for a in answers if a.status_code == 409]
        assert codes(refused) == ["STATE_CONFLICT"]
        assert "AWAITING_SIGNATURE" in refused.json()["detail"]
        assert (await office.events(order_id)).count("FindingsRecorded") == 1


async def test_a_decision_on_an_older_reading_is_refused(office: Office) -> None:
    order_id, _ = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    author, signer = await office.colleagues(order)
    findings, signature = paths(order_id)
    await author.try_post(findings, CLEAN, **{"If-Match": f'"{order["version"]}"'})
    stale = await signer.try_post(
        signature, {"agree": True}, **{"If-Match": f'"{order["version"]}"'}
    )
    assert (stale.status_code, codes(stale)) == (412, ["VERSION_MISMATCH"])


async def test_the_same_decision_sent_again_has_the_same_answer(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    key = {"Idempotency-Key": new_id("ins")}
    first = await signer.try_post(signature, {"agree": True}, **key)
    await case.result()
    again = await signer.try_post(signature, {"agree": True}, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


async def test_a_concluded_order_takes_no_more_decisions(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    await author.post(findings, CLEAN)
    await signer.post(signature, {"agree": True})
    await case.result()
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
    order_id, _ = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    answer = await author.try_post(paths(order_id)[0], {**CLEAN, **change})
    assert code in codes(answer)
    assert (await office.order(order_id))["state"] == "ASSIGNED"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"remark": "owner 45068119850101123X was present"}, "/remark"),
        (
            {"items": [{"hs_code": "08013100", "goods_name": "nuts of 45068119850101123X"}]},
            "/items/0/goods_name",
        ),
        ({"items": [{"hs_code": "٠٨٠١٣١٠٠", "goods_name": "nuts"}]}, "/items/0/hs_code"),
    ],
)
async def test_findings_name_nobody_by_number_and_goods_by_plain_digits(
    office: Office, change: dict[str, Any], pointer: str
) -> None:
    order_id, _ = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    answer = await author.try_post(paths(order_id)[0], {**CLEAN, **change})
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_order_short_of_officers_waits_visibly_and_is_drawn_when_one_comes(
    office: Office, skipped: Any
) -> None:
    port = await office.port(officers=1)
    order_id, case = await office.inspected(port)
    order = await office.order(order_id, state="UNSTAFFED")
    assert order["unstaffed_reason"] == "OFFICERS_TOO_FEW"
    await office.hire(port)
    await skipped(case, minutes=2)
    assert len((await office.order(order_id, state="ASSIGNED"))["officers"]) == 2
    assert await office.events(order_id) == [
        "InspectionOrdered",
        "InspectionUnstaffed",
        "InspectionStaffed",
    ]


async def test_an_officer_with_a_conflict_of_interest_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=2)
    kin = await office.hire(port)
    await office.conflict(kin, "group:DX-G001")
    order_id, _ = await office.inspected(port)
    assert kin not in (await office.order(order_id, state="ASSIGNED"))["officers"]


async def test_kin_of_a_resident_with_a_share_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=2)
    kin, resident = await office.hire(port), new_id("res")
    await office.conflict(kin, f"resident:{resident}")
    lot_id = await office.lot(port, RED_GOODS)
    await office.share(lot_id, resident)
    screened = await office.screened(lot_id)
    await office.start(screened)
    order = await office.order(str(screened.order_id), state="ASSIGNED")
    assert kin not in order["officers"]


async def test_an_officer_without_the_skill_is_never_drawn(office: Office) -> None:
    port = await office.port(officers=1)
    await office.hire(port, ("document",))
    order_id, _ = await office.inspected(port)
    await office.order(order_id, state="UNSTAFFED")


async def test_a_drawn_officer_who_leaves_is_replaced_by_another_draw_and_only_then(
    office: Office,
) -> None:
    port = await office.port()
    order_id, _ = await office.inspected(port)
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
    assert gone not in redrawn["officers"]


async def test_a_cancelled_lot_withdraws_its_order(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    await case.signal("lot_withdrawn", LotWithdrawn(lot_id=order["lot_id"]))
    assert (await case.result()).lot_move == LotMove.WITHDRAW
    assert (await office.order(order_id))["state"] == "WITHDRAWN"


async def test_the_queue_shows_perishables_first_then_the_nearest_clock(office: Office) -> None:
    port = await office.port()
    slow, _ = await office.inspected(port)
    fresh, _ = await office.inspected(port, perishable=True)
    for order_id in (slow, fresh):
        await office.order(order_id, state="ASSIGNED")
    officer = office.officer(new_id("ofc"), port)
    first = await officer.get("/inspection/v1/orders", open=True, limit=1)
    second = await officer.get("/inspection/v1/orders", open=True, cursor=first["next_cursor"])
    shown = [o["order_id"] for o in (*first["items"], *second["items"])]
    assert shown == [fresh, slow]
    assert first["items"][0]["release_due_at"].endswith("+08:00")


async def shown(party: Party, path: str, **wanted: str) -> dict[str, Any]:
    """A case as soon as it is as wanted."""
    for _ in range(200):
        body = await party.get(path)
        if all(body[name] == value for name, value in wanted.items()):
            return body
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} did not become {wanted}: {body}")


async def controlled_lot(window: Window) -> tuple[str, Party, dict[str, Any]]:
    """A submitted lot whose vehicle is under control; its id, its clerk and its staffed order."""
    plate = f"桂P{new_id('lot')[-6:]}"
    rows = [
        {
            "badge_no": new_id("ofc")[-12:],
            "name": "样本关员",
            "port": PORT,
            "team": "T1",
            "skills": ["document", "inspection"],
        }
        for _ in range(2)
    ]
    await window.registrar.post("/registry/v1/officers", {"rows": rows})
    risk = window.parties.act_as("risk_officer", "officer:risk-1", port=PORT)
    body = {"kind": "vehicle_plate", "value": plate, "grounds": "t", "effective_from": "2020-01-01"}
    await risk.post("/inspection/v1/risk-controls", body)
    group = await window.group()
    lot_id = await window.confirmed(group, vehicle_plate=plate)
    path = f"/declaration/v1/lots/{lot_id}"
    lot = await shown(group.clerk, path, state="IN_INSPECTION", lane="RED")
    auditor = window.parties.act_as("auditor", "auditor:A1")
    order = await until_found(auditor, f"/inspection/v1/orders/{lot['order_id']}")
    return lot_id, group.clerk, order


async def until_found(party: Party, path: str) -> dict[str, Any]:
    """An order as soon as its own workflow has opened and staffed it."""
    for _ in range(200):
        answer = await party.http.get(path, headers={"Authorization": f"Bearer {party.bearer}"})
        if answer.status_code == 200 and answer.json()["state"] == "ASSIGNED":
            return dict(answer.json())
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} did not appear: {answer.text}")


@pytest.mark.parametrize(
    ("results", "found_kg", "disposal", "state"),
    [
        (["NO_DIFFERENCE"], "100", "RELEASE", "RELEASED"),
        (["QUANTITY"], "80", "AMEND", "REJECTED"),
        (["QUARANTINE_FAIL"], "100", "RETURN", "RETURNED"),
        (["SMUGGLED"], "100", "SEIZE", "SEIZED"),
    ],
)
async def test_what_two_officers_sign_is_done_with_the_lot(
    window: Window, results: list[str], found_kg: str, disposal: str, state: str
) -> None:
    lot_id, clerk, order = await controlled_lot(window)
    author, signer = (
        window.parties.act_as("officer", f"officer:{o}", port=PORT) for o in order["officers"]
    )
    findings, signature = paths(order["order_id"])
    body = {"method": "FULL", "results": results, "disposal": disposal, "found_kg": found_kg}
    await author.post(findings, body)
    await signer.post(signature, {"agree": True})
    await shown(clerk, f"/declaration/v1/lots/{lot_id}", state=state)


async def test_a_lot_cancelled_during_its_inspection_withdraws_the_order(window: Window) -> None:
    lot_id, clerk, order = await controlled_lot(window)
    await clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "wrong goods"})
    auditor = window.parties.act_as("auditor", "auditor:A1")
    path = f"/inspection/v1/orders/{order['order_id']}"
    assert (await shown(auditor, path, state="WITHDRAWN"))["disposal"] == "WITHDRAWN"


@pytest.mark.parametrize("name", ["released", "sent_back", "unstaffed", "withdrawn"])
async def test_saved_histories_still_replay(name: str) -> None:
    """Orders opened under an earlier version go on under this one."""
    path = HISTORIES / f"inspection_{name}.json"
    replayer = Replayer(
        workflows=[Inspection],
        data_converter=pydantic_data_converter,
        workflow_runner=temporal.sandbox(),
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(name, json.loads(path.read_text())))
