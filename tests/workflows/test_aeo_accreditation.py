"""Accreditation as a case: clock, drawn examiners, score, two signatures, certificate, review."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from deploy.demo.parties import Party
from services.inspection.domain.rules.score import standards_for
from services.inspection.schemas.models import AccreditationAnswer
from services.kernel.identifiers import new_id
from services.platform import temporal
from tests.support.inspection import Office, codes
from workflows.aeo_accreditation import AeoAccreditation
from workflows.ports.inspection import Lane

HISTORIES = Path(__file__).parents[1] / "replay" / "histories"
MET = dict.fromkeys(sorted(standards_for(())), "MET")
FAILED = {**MET, "FI-1": "NOT_MET"}
ROOT = "/inspection/v1/accreditations"


class Case:
    """One accreditation with everybody who acts on it."""

    def __init__(
        self,
        office: Office,
        port: str,
        code: str,
        enterprise: Any,
        aeo_id: str,
        desk: tuple[Party, Party],
    ) -> None:
        self.office, self.port, self.code = office, port, code
        self.enterprise, self.aeo_id = enterprise, aeo_id
        self.path = f"{ROOT}/{aeo_id}"
        self.chief, self.deputy = desk

    async def seen(self, state: str | None = None, **also: Any) -> dict[str, Any]:
        return await self.office.until(self.path, state, **also)

    async def accepted(self) -> dict[str, Any]:
        return await self.chief.post(f"{self.path}/acceptance", {"accept": True})

    async def on_site(self) -> dict[str, Any]:
        await self.enterprise.post(f"{self.path}/self-assessment", {"marks": MET})
        return await self.seen("ON_SITE")

    async def reported(self, marks: dict[str, str] | None = None) -> dict[str, Any]:
        examiners = (await self.seen("ON_SITE"))["examiners"]
        body = {"marks": marks or MET, "opinion": "seen on site"}
        examiner = self.office.officer(examiners[0], self.port)
        return await examiner.post(f"{self.path}/on-site-report", body)

    async def decided(self, kind: str, **more: Any) -> dict[str, Any]:
        await self.chief.post(f"{self.path}/decision", {"kind": kind, "grounds": "g", **more})
        return await self.deputy.post(f"{self.path}/countersignature", {"agree": True})

    async def certified(self) -> dict[str, Any]:
        await self.accepted()
        await self.on_site()
        await self.reported()
        return await self.decided("CERTIFY")


async def applied(office: Office, *, officers: int = 3, level: str = "ADVANCED") -> Case:
    port = await office.port(officers=officers, rate="0.05")
    code, enterprise = await office.enterprise(port)
    case = await enterprise.post(ROOT, {"level": level})
    desk = await office.clerk(port), await office.clerk(port)
    return Case(office, port, code, enterprise, case["accreditation_id"], desk)


async def test_an_enterprise_is_certified_by_two_officers_after_a_drawn_inspection(
    office: Office,
) -> None:
    case = await applied(office)
    accepted = await case.accepted()
    due = date.fromisoformat(accepted["accepted_on"]) + timedelta(days=90)
    assert accepted["due_on"] == due.isoformat()
    assert len((await case.on_site())["examiners"]) == 2
    assert (await case.reported())["score"] == 100
    certified = await case.decided("CERTIFY")
    assert certified["state"] == "CERTIFIED"
    assert certified["certificate"] == f"AEOCN{case.code}"
    assert AccreditationAnswer.model_validate(certified).model_dump() == certified
    assert await office.events(case.aeo_id) == [
        "AccreditationApplied",
        "AccreditationAccepted",
        "SelfAssessmentFiled",
        "ExaminersDrawn",
        "OnSiteReported",
        "AccreditationDecisionProposed",
        "EnterpriseCertified",
        "CreditLevelDecided",
    ]


async def test_grounds_and_opinions_are_kept_but_not_in_the_cases_history(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.chief.post(f"{case.path}/extension", {"grounds": "WALNUT papers"})
    await case.on_site()
    await case.reported()
    body = {"kind": "CERTIFY", "grounds": "QUINCE score"}
    proposed = await case.chief.post(f"{case.path}/decision", body)
    assert proposed["pending_decision"]["grounds"] == "QUINCE score"
    handle = office.client.get_workflow_handle(case.aeo_id)
    history = b"".join(e.SerializeToString() for e in (await handle.fetch_history()).events)
    assert b"CERTIFY" in history
    for word in (b"WALNUT", b"seen on site", b"QUINCE"):
        assert word not in history
    kept = await office.sql.fetch(
        "SELECT words FROM decision_words WHERE case_id = $1 ORDER BY written_at", case.aeo_id
    )
    assert [list(json.loads(row["words"])) for row in kept] == [
        ["grounds"],
        ["opinion"],
        ["grounds"],
    ]


async def test_w22_the_new_level_lowers_the_rate_of_the_next_lot(office: Office) -> None:
    case = await applied(office)
    party = f"enterprise:{case.code}"
    before = await office.screened(await office.lot(case.port, submitted_by=party))
    await case.certified()
    after = await office.screened(await office.lot(case.port, submitted_by=party))
    assert (float(str(before.rate)), float(str(after.rate))) == (0.05, 0.008)
    assert after.lane in (Lane.GREEN, Lane.RED)


async def test_w19_who_fails_the_scoring_cannot_be_certified_and_waits_a_year(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    reported = await case.reported(FAILED)
    assert (reported["score"], reported["passed"]) == (98, False)
    refused = await case.chief.try_post(
        f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"}
    )
    assert codes(refused) == ["SCORE_NOT_PASSED"]
    failed = await case.decided("FAIL")
    assert failed["state"] == "FAILED"
    again = await case.enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(again) == ["REAPPLY_TOO_EARLY"]


async def test_nobody_signs_the_own_decision(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    await case.chief.post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    own = await case.chief.try_post(f"{case.path}/countersignature", {"agree": True})
    assert codes(own) == ["OWN_DECISION"]
    back = await case.deputy.post(
        f"{case.path}/countersignature", {"agree": False, "remark": "papers missing"}
    )
    assert (back["state"], back["pending_decision"]) == ("REPORTED", None)


async def test_only_a_drawn_examiner_reports_and_the_reporter_does_not_decide(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    examiners = (await case.on_site())["examiners"]
    body = {"marks": MET, "opinion": "o"}
    stranger = await case.chief.try_post(f"{case.path}/on-site-report", body)
    assert codes(stranger) == ["NOT_DRAWN"]
    examiner = office.officer(examiners[0], case.port)
    await examiner.post(f"{case.path}/on-site-report", body)
    decision = await examiner.try_post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    assert codes(decision) == ["OWN_REPORT"]


async def test_an_officer_who_is_not_on_file_at_the_port_does_not_decide(office: Office) -> None:
    case = await applied(office)
    gone = await office.hire(case.port)
    await office.dismiss(gone)
    elsewhere = await office.hire(await office.port(officers=0))
    for who in ("GUIDE-1", new_id("ofc"), gone, elsewhere):
        stranger = office.officer(who, case.port)
        answer = await stranger.try_post(f"{case.path}/acceptance", {"accept": True})
        assert (answer.status_code, codes(answer)) == (403, ["OFFICER_NOT_ON_FILE"]), who
    assert (await case.seen())["state"] == "APPLIED"
    body = {"party": f"group:{case.port}", "level": "DISHONEST", "grounds": "SMUGGLING"}
    stranger = office.officer(gone, case.port)
    refused = await stranger.try_post("/inspection/v1/credit-levels", body)
    assert codes(refused) == ["OFFICER_NOT_ON_FILE"]


async def test_an_enterprise_does_not_accept_its_own_application(office: Office) -> None:
    case = await applied(office)
    answer = await case.enterprise.try_post(f"{case.path}/acceptance", {"accept": True})
    assert answer.status_code == 403


async def test_another_enterprise_sees_no_such_case(office: Office) -> None:
    case = await applied(office)
    _, stranger = await office.enterprise(case.port)
    answer = await stranger.try_post(f"{case.path}/self-assessment", {"marks": MET})
    assert answer.status_code == 404


async def test_one_accreditation_of_an_enterprise_is_open_at_a_time(office: Office) -> None:
    case = await applied(office)
    again = await case.enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(again) == ["ALREADY_OPEN"]


async def test_a_declined_application_may_be_made_again_at_once(office: Office) -> None:
    case = await applied(office)
    declined = await case.chief.post(
        f"{case.path}/acceptance", {"accept": False, "reason_code": "PAPERS_MISSING"}
    )
    assert declined["state"] == "DECLINED"
    again = await case.enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert again.status_code == 201


async def test_w20_the_clock_runs_out_aloud_and_a_person_still_decides(
    office: Office, skipped: Any
) -> None:
    case = await applied(office)
    accepted = await case.accepted()
    extended = await case.chief.post(f"{case.path}/extension", {"grounds": "more papers"})
    due = date.fromisoformat(accepted["due_on"]) + timedelta(days=30)
    assert extended["due_on"] == due.isoformat()
    second = await case.chief.try_post(f"{case.path}/extension", {"grounds": "again"})
    assert codes(second) == ["ALREADY_EXTENDED"]
    handle = office.client.get_workflow_handle(case.aeo_id)
    await skipped(handle, days=119)
    assert not (await case.seen("ACCEPTED"))["overdue"]
    await skipped(handle, days=3)
    await case.seen("ACCEPTED", overdue=True)
    assert (await office.events(case.aeo_id))[-1] == "AccreditationClockRanOut"
    await case.on_site()
    await case.reported()
    assert (await case.decided("CERTIFY"))["state"] == "CERTIFIED"


async def test_an_accreditation_short_of_examiners_waits_and_is_drawn_when_one_comes(
    office: Office, skipped: Any
) -> None:
    case = await applied(office, officers=1)
    await case.accepted()
    await case.enterprise.post(f"{case.path}/self-assessment", {"marks": MET})
    await case.seen("SELF_ASSESSED", unstaffed_reason="OFFICERS_TOO_FEW")
    await office.hire(case.port)
    await skipped(office.client.get_workflow_handle(case.aeo_id), minutes=90)
    await case.seen("ON_SITE")


async def test_after_five_years_the_enterprise_is_examined_again(
    office: Office, skipped: Any
) -> None:
    case = await applied(office)
    await case.certified()
    handle = office.client.get_workflow_handle(case.aeo_id)
    await skipped(handle, days=5 * 366)
    review = await case.seen("ON_SITE")
    assert review["cycle"] == 2
    await case.reported(FAILED)
    lost = await case.decided("FAIL")
    assert lost["state"] == "DOWNGRADED"
    levels = await office.auditor.get(
        "/inspection/v1/credit-levels", party=f"enterprise:{case.code}"
    )
    assert [(r["level"], r["state"]) for r in levels["items"]] == [
        ("ADVANCED", "REPLACED"),
        ("ORDINARY", "IN_FORCE"),
    ]
    assert await handle.result() == "DOWNGRADED"


async def test_a_suspended_certificate_gives_no_benefit_until_it_is_reinstated(
    office: Office,
) -> None:
    case = await applied(office)
    await case.certified()
    party = f"enterprise:{case.code}"
    assert (await case.decided("SUSPEND"))["state"] == "SUSPENDED"
    resting = await office.screened(await office.lot(case.port, submitted_by=party))
    assert float(str(resting.rate)) == 0.05
    assert (await case.decided("REINSTATE"))["state"] == "CERTIFIED"
    again = await office.screened(await office.lot(case.port, submitted_by=party))
    assert float(str(again.rate)) == 0.008


async def test_a_certified_enterprise_is_downgraded_in_its_own_case(office: Office) -> None:
    case = await applied(office)
    await case.certified()
    party = f"enterprise:{case.code}"
    elsewhere = await case.chief.try_post(
        "/inspection/v1/credit-levels",
        {"party": party, "level": "DISHONEST", "grounds": "SMUGGLING"},
    )
    assert codes(elsewhere) == ["CERTIFICATE_IN_FORCE"]
    without = await case.chief.try_post(
        f"{case.path}/decision", {"kind": "DOWNGRADE", "grounds": "g"}
    )
    assert codes(without) == ["LEVEL_UNKNOWN"]
    lost = await case.decided("DOWNGRADE", level="DISHONEST")
    assert (lost["state"], lost["may_apply_again_on"] is not None) == ("DOWNGRADED", True)
    lot = await office.screened(await office.lot(case.port, submitted_by=party))
    assert float(str(lot.rate)) == 0.85


async def test_w21_violations_within_the_limits_do_not_make_a_party_dishonest(
    office: Office,
) -> None:
    port = await office.port()
    body = {
        "party": f"group:{port}",
        "level": "DISHONEST",
        "grounds": "VIOLATIONS",
        "violations": {"count": 12, "documents": 9000, "fines": "900000.00"},
    }
    officer = await office.clerk(port)
    refused = await officer.try_post("/inspection/v1/credit-levels", body)
    assert codes(refused) == ["GROUNDS_INSUFFICIENT"]
    over = {**body, "violations": {"count": 12, "documents": 9000, "fines": "1200000.00"}}
    assert (await officer.post("/inspection/v1/credit-levels", over))["state"] == "PROPOSED"


@pytest.mark.parametrize("name", ["declined", "overdue", "reviewed"])
async def test_saved_histories_still_replay(name: str) -> None:
    """Cases opened under an earlier version go on under this one."""
    path = HISTORIES / f"aeo_accreditation_{name}.json"
    replayer = Replayer(
        workflows=[AeoAccreditation],
        data_converter=pydantic_data_converter,
        workflow_runner=temporal.sandbox(),
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(name, json.loads(path.read_text())))


async def test_an_enterprise_that_withdraws_waits_a_year(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    gone = await case.enterprise.post(f"{case.path}/withdrawal", {"grounds": "not ready"})
    assert gone["state"] == "WITHDRAWN"
    again = await case.enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(again) == ["REAPPLY_TOO_EARLY"]


async def test_an_officer_may_ask_for_a_re_examination_at_any_time(office: Office) -> None:
    case = await applied(office)
    await case.certified()
    await case.chief.post(f"{case.path}/review", {"grounds": "complaints"})
    review = await case.seen("ON_SITE")
    assert (review["cycle"], review["certificate"]) == (2, f"AEOCN{case.code}")
    await case.reported()
    assert (await case.decided("CERTIFY"))["state"] == "CERTIFIED"


async def test_a_dishonest_enterprise_cannot_apply_until_its_credit_is_repaired(
    office: Office,
) -> None:
    port = await office.port()
    code, enterprise = await office.enterprise(port)
    officer, other = await office.clerk(port), await office.clerk(port)
    path = "/inspection/v1/credit-levels"
    for level, grounds in (("DISHONEST", "SMUGGLING"), ("ORDINARY", "REPAIRED")):
        body = {"party": f"enterprise:{code}", "level": level, "grounds": grounds}
        proposed = await officer.post(path, body)
        await other.post(f"{path}/{proposed['credit_id']}/countersignature", {"agree": True})
        answer = await enterprise.try_post(ROOT, {"level": "ADVANCED"})
        if level == "DISHONEST":
            assert codes(answer) == ["CREDIT_NOT_REPAIRED"]
    assert answer.status_code == 201


async def test_two_officers_sign_at_once_and_the_certificate_is_issued_once(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    await case.chief.post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    third = await office.clerk(case.port)
    path = f"{case.path}/countersignature"
    answers = await asyncio.gather(
        case.deputy.try_post(path, {"agree": True}), third.try_post(path, {"agree": True})
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert (await office.events(case.aeo_id)).count("EnterpriseCertified") == 1
