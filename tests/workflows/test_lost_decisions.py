"""Officers and enterprises decide, the worker dies before the case knows: the case goes on."""

from __future__ import annotations

from services.inspection.activities import AccreditationActivities, InspectionActivities
from services.inspection.domain.rules.score import standards_for
from tests.support.decisions import acting, brought_again, decision
from tests.support.inspection import CLEAN, Office


async def test_findings_and_signature_whose_workers_died_are_acted_upon(office: Office) -> None:
    order_id, case = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    first, second = (
        acting("officer", f"officer:{o}", port=order["port"]) for o in order["officers"]
    )
    assembly = office.assembly
    steps = InspectionActivities(assembly.database("inspection"), vault=assembly.vault)
    await steps.record_findings(decision(order_id, "record_findings", first, dict(CLEAN)))
    signature = decision(order_id, "countersign_findings", second, {"agree": True})
    await steps.countersign_findings(signature)
    await brought_again(office.sql, order_id)
    assert (await case.result()).disposal == "RELEASE"
    assert (await office.events(order_id)).count("InspectionConcluded") == 1


async def test_a_self_assessment_whose_worker_died_still_has_its_examiners_drawn(
    office: Office,
) -> None:
    port = await office.port()
    code, factory = await office.enterprise(port)
    applied = await factory.post("/inspection/v1/accreditations", {"level": "ADVANCED"})
    aeo_id = applied["accreditation_id"]
    path = f"/inspection/v1/accreditations/{aeo_id}"
    await (await office.clerk(port)).post(f"{path}/acceptance", {"accept": True})
    assembly = office.assembly
    steps = AccreditationActivities(assembly.database("inspection"), vault=assembly.vault)
    body = {"act": "self_assess", "marks": dict.fromkeys(standards_for(()), "MET")}
    made = decision(aeo_id, "decide", acting("enterprise", f"enterprise:{code}"), body)
    assert (await steps.decide_accreditation(made)).state == "SELF_ASSESSED"
    assert (await office.until(path, "SELF_ASSESSED"))["examiners"] == []
    await brought_again(office.sql, aeo_id)
    assert len((await office.until(path, "ON_SITE"))["examiners"]) == 2
    assert (await office.events(aeo_id)).count("SelfAssessmentFiled") == 1
