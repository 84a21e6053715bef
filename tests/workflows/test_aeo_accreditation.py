"""Accreditation as a case: clock, drawn examiners, score, two signatures, certificate, review."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from deploy.sandbox.parties import Party
from services.accreditation.schemas.models import AccreditationAnswer
from services.kernel import messages
from services.kernel.identifiers import new_id
from services.kernel.lanes import Lane
from tests.support.accreditation import FAILED, MET, ROOT, applied
from tests.support.inspection import Office
from tests.support.on_file import enterprise_filed
from tests.support.recording import recorded
from tests.support.window import codes
from workflows.aeo_accreditation import AeoAccreditation
from workflows.ports.accreditation import QUEUE

LEVELS = "/accreditation/v1/credit-levels"


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
        "OnSiteConcurred",
        "AccreditationDecisionProposed",
        "EnterpriseCertified",
        "CreditLevelDecided",
    ]


async def test_grounds_and_opinions_are_kept_but_in_no_history_and_no_event(
    office: Office,
) -> None:
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
    bodies = await office.sql.fetchval(
        "SELECT string_agg(body, ' ') FROM events WHERE case_id = $1", UUID(hex=case.aeo_id[4:])
    )
    for word in ("WALNUT", "seen on site", "QUINCE"):
        assert word.encode() not in history
        assert word not in bodies
    kept = await office.sql.fetch(
        "SELECT step, grounds FROM case_grounds WHERE case_id = $1", UUID(hex=case.aeo_id[4:])
    )
    assert [tuple(row) for row in kept] == [("extend", "WALNUT papers")]


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
    await recorded(office.client, case.aeo_id, "aeo_accreditation_overdue")


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
        "/accreditation/v1/credit-levels", party=f"enterprise:{case.code}"
    )
    assert [(r["level"], r["state"]) for r in levels["items"]] == [
        ("ADVANCED", "REPLACED"),
        ("ORDINARY", "IN_FORCE"),
    ]
    assert await handle.result() == "DOWNGRADED"
    await recorded(office.client, case.aeo_id, "aeo_accreditation_reviewed")


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
        "/accreditation/v1/credit-levels",
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
        "party": f"enterprise:{await enterprise_filed(office.sql, port)}",
        "level": "DISHONEST",
        "grounds": "VIOLATIONS",
        "violations": {"count": 12, "documents": 9000, "fines": "900000.00"},
    }
    officer = await office.clerk(port)
    refused = await officer.try_post("/accreditation/v1/credit-levels", body)
    assert codes(refused) == ["GROUNDS_INSUFFICIENT"]
    over = {**body, "violations": {"count": 12, "documents": 9000, "fines": "1200000.00"}}
    assert (await officer.post("/accreditation/v1/credit-levels", over))["state"] == "PROPOSED"


async def test_a_case_started_by_a_stranger_for_no_accreditation_ends_at_once(
    office: Office,
) -> None:
    case = messages.Case(case_id=new_id("aeo"))
    ended = await office.client.execute_workflow(
        AeoAccreditation.run, case, id=case.case_id, task_queue=QUEUE
    )
    assert ended == "UNKNOWN"


async def test_looks_that_nobody_asked_for_change_nothing(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    handle = office.client.get_workflow_handle(case.aeo_id)
    for _ in range(5):
        await handle.signal("look")
    declined = await applied(office)
    await declined.chief.post(
        f"{declined.path}/acceptance", {"accept": False, "reason_code": "PAPERS_MISSING"}
    )
    assert await office.ended(declined.aeo_id) == "DECLINED"
    await recorded(office.client, declined.aeo_id, "aeo_accreditation_declined")
    assert await office.events(case.aeo_id) == ["AccreditationApplied", "AccreditationAccepted"]


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


async def test_a_re_examination_says_that_it_drops_a_decision_not_yet_signed(
    office: Office,
) -> None:
    case = await applied(office)
    await case.certified()
    await case.chief.post(f"{case.path}/decision", {"kind": "SUSPEND", "grounds": "arrears"})
    await case.deputy.post(f"{case.path}/review", {"grounds": "complaints"})
    assert (await case.seen("ON_SITE"))["pending_decision"] is None
    told = await office.events(case.aeo_id)
    dropped, examined = (
        told.index(what) for what in ("AccreditationDecisionLapsed", "ReexaminationFellDue")
    )
    assert dropped < examined
    late = await case.deputy.try_post(f"{case.path}/countersignature", {"agree": True})
    assert codes(late) == ["NOTHING_TO_SIGN"]


async def test_a_dishonest_enterprise_waits_for_repair_and_a_year_more_to_apply(
    office: Office,
) -> None:
    """Smuggling is waited for a year (Order 251), and repair is followed by another."""
    port = await office.port()
    code, enterprise = await office.enterprise(port)
    desk = await office.clerk(port), await office.clerk(port)
    party = f"enterprise:{code}"
    await leveled(desk, party, "DISHONEST", "SMUGGLING")
    assert codes(await enterprise.try_post(ROOT, {"level": "ADVANCED"})) == ["CREDIT_NOT_REPAIRED"]
    repaired = {"party": party, "level": "ORDINARY", "grounds": "REPAIRED"}
    early = await desk[0].try_post(LEVELS, repaired)
    assert codes(early) == ["REPAIR_TOO_EARLY"]
    await longer_ago(office, party, "1 year")
    await leveled(desk, party, "ORDINARY", "REPAIRED")
    soon = await enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(soon) == ["REAPPLY_TOO_EARLY"]
    await longer_ago(office, party, "1 year")
    await enterprise.post(ROOT, {"level": "ADVANCED"})


async def test_no_level_is_had_by_repair_of_what_was_never_lost(office: Office) -> None:
    """The highest level is applied for; repair of credit leads to the ordinary one alone."""
    port = await office.port()
    code, _ = await office.enterprise(port)
    officer, other = await office.clerk(port), await office.clerk(port)
    body = {"party": f"enterprise:{code}", "grounds": "REPAIRED"}
    for level in ("ADVANCED", "CERTIFIED"):
        refused = await officer.try_post(LEVELS, {**body, "level": level})
        assert codes(refused) == ["GROUNDS_INSUFFICIENT", "NOTHING_TO_REPAIR"]
    await leveled((officer, other), body["party"], "DISHONEST", "ARREARS")
    await longer_ago(office, body["party"], "1 year")
    refused = await officer.try_post(LEVELS, {**body, "level": "ADVANCED"})
    assert codes(refused) == ["GROUNDS_INSUFFICIENT"]
    assert (await officer.post(LEVELS, {**body, "level": "ORDINARY"}))["state"] == "PROPOSED"


async def test_who_became_dishonest_while_examined_is_not_certified(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    desk = case.chief, case.deputy
    await case.chief.post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    await leveled(desk, f"enterprise:{case.code}", "DISHONEST", "SMUGGLING")
    signed = await case.deputy.try_post(f"{case.path}/countersignature", {"agree": True})
    assert codes(signed) == ["CREDIT_NOT_REPAIRED"]


async def test_a_score_is_what_the_law_of_its_day_made_it_and_later_law_leaves_it(
    office: Office,
) -> None:
    case, later = await applied(office), await applied(office)
    for one in (case, later):
        await one.accepted()
        await one.on_site()
    lowered = {**MET, "FI-1": "BASICALLY_MET", "CO-1": "BASICALLY_MET"}
    assert (await case.reported(lowered))["score"] == 98
    async with costs(office.sql, 3):
        assert (await later.reported(lowered))["score"] == 94
        assert (await case.seen())["score"] == 98
        assert (await case.decided("CERTIFY"))["state"] == "CERTIFIED"
    wish = {"kind": "CERTIFY", "grounds": "by the law of before"}
    assert codes(await later.chief.try_post(f"{later.path}/decision", wish)) == ["SCORE_NOT_PASSED"]


@asynccontextmanager
async def costs(sql: asyncpg.Pool, points: int) -> AsyncIterator[None]:
    """While it lasts, a standard that is only basically met costs so many points."""
    async with sql.acquire() as by_hand:
        await by_hand.execute("SET session_replication_role = replica")
        try:
            (was,) = await _cost(by_hand, points)
            yield
        finally:
            await _cost(by_hand, int(was["value"]))
            await by_hand.execute("RESET session_replication_role")


async def _cost(by_hand: Any, points: int) -> Any:
    """What it cost before in the law of today."""
    found = await by_hand.fetch(
        "WITH was AS (SELECT policy_id, value FROM policy_parameters"
        " WHERE key = 'aeo.basically_met_costs' AND effective_to IS NULL)"
        " UPDATE policy_parameters AS p SET value = to_jsonb($1::int) FROM was"
        " WHERE p.policy_id = was.policy_id RETURNING was.value",
        points,
    )
    await by_hand.execute("UPDATE policy_version SET version = version + 1")
    return found


async def leveled(desk: tuple[Party, Party], party: str, level: str, grounds: str) -> None:
    """Two officers have given a party a level."""
    chief, deputy = desk
    body = {"party": party, "level": level, "grounds": grounds}
    path = f"{LEVELS}/{(await chief.post(LEVELS, body))['credit_id']}/countersignature"
    await deputy.post(path, {"agree": True})


async def longer_ago(office: Office, party: str, time: str) -> None:
    """All that was decided of a party's level was decided so much earlier."""
    await office.sql.execute(
        "UPDATE credit_decisions SET effective_from = effective_from - $2::text::interval,"
        " effective_to = effective_to - $2::text::interval WHERE party = $1",
        *(party, time),
    )
