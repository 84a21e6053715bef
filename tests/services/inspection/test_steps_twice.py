"""Every step is safe to run twice: a worker may die after the commit and before the answer."""

from datetime import UTC, datetime

import pytest

from services.inspection.activities import AccreditationActivities, InspectionActivities
from services.inspection.domain.rules.score import standards_for
from services.kernel.identifiers import new_id
from services.kernel.messages import Actor, Decision, Receipt
from tests.support.inspection import CLEAN, RED_GOODS, Office
from workflows.ports.inspection import AccreditationStep, DrawOrder, InspectionCase


@pytest.fixture
def orders(office: Office) -> InspectionActivities:
    assembly = office.assembly
    return InspectionActivities(assembly.database("inspection"), vault=assembly.vault)


@pytest.fixture
def accreditations(office: Office) -> AccreditationActivities:
    assembly = office.assembly
    return AccreditationActivities(assembly.database("inspection"), vault=assembly.vault)


def decision(case: str, officer: str, port: str, body: dict[str, object]) -> Decision:
    """An officer's decision as it travels in an Update."""
    party = f"officer:{officer}"
    return Decision(
        case=case,
        actor=Actor(subject=party, party=party, role="officer", port=port),
        receipt=Receipt(subject=party, key=new_id("ins"), fingerprint="f"),
        request_id="r",
        body=body,
    )


async def test_an_order_is_opened_drawn_found_and_signed_once_each(
    office: Office, orders: InspectionActivities
) -> None:
    port = await office.port()
    lot_id = await office.lot(port, RED_GOODS)
    order_id = str((await office.screened(lot_id)).order_id)
    draw = DrawOrder(order_id=order_id, lot_id=lot_id, attempt=1)
    first = await orders.draw_order(draw)
    assert await orders.draw_order(draw) == first
    author, signer = first.officers
    found = decision(order_id, author, port, dict(CLEAN))
    recorded = await orders.record_findings(found)
    assert await orders.record_findings(found) == recorded
    signed = decision(order_id, signer, port, {"agree": True})
    concluded = await orders.countersign_findings(signed)
    assert await orders.countersign_findings(signed) == concluded
    case = InspectionCase(order_id=order_id, lot_id=lot_id)
    # A cancellation that comes too late finds the order concluded.
    assert (await orders.withdraw_order(case)).state == "CONCLUDED"
    assert await office.events(order_id) == [
        "InspectionOrdered",
        "InspectionStaffed",
        "FindingsRecorded",
        "InspectionConcluded",
    ]


async def test_an_order_withdrawn_before_it_was_opened_is_opened_and_ended_once(
    office: Office, orders: InspectionActivities
) -> None:
    lot_id = await office.lot(await office.port(), RED_GOODS)
    order_id = str((await office.screened(lot_id)).order_id)
    case = InspectionCase(order_id=order_id, lot_id=lot_id)
    first = await orders.withdraw_order(case)
    assert await orders.withdraw_order(case) == first
    assert await office.events(order_id) == ["InspectionOrdered", "InspectionWithdrawn"]


async def test_the_windows_own_steps_on_an_accreditation_happen_once(
    office: Office, accreditations: AccreditationActivities
) -> None:
    port = await office.port()
    _, enterprise = await office.enterprise(port)
    root = "/inspection/v1/accreditations"
    aeo_id = (await enterprise.post(root, {"level": "ADVANCED"}))["accreditation_id"]
    chief = await office.clerk(port)
    await chief.post(f"{root}/{aeo_id}/acceptance", {"accept": True})
    step = AccreditationStep(aeo_id=aeo_id, cycle=1, at=datetime.now(UTC))
    overdue = await accreditations.clock_ran_out(step)
    assert await accreditations.clock_ran_out(step) == overdue
    # No certificate, so no review falls due; nothing assessed, so nobody is drawn.
    assert await accreditations.review_fell_due(step) == overdue
    assert await accreditations.draw_examiners(step) == overdue
    marks = dict.fromkeys(standards_for(()), "MET")
    await enterprise.post(f"{root}/{aeo_id}/self-assessment", {"marks": marks})
    await office.until(f"{root}/{aeo_id}", "ON_SITE")
    events = await office.events(aeo_id)
    assert events.count("AccreditationClockRanOut") == events.count("ExaminersDrawn") == 1
