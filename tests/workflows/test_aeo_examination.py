"""The examination on site: by two whom nobody chose, both of whom speak, and whom all can read."""

from services.kernel.identifiers import uuid_of
from tests.support.accreditation import MET, ROOT, applied
from tests.support.inspection import Office
from tests.support.on_file import officer_knows
from tests.support.window import codes

NOTHING_APPLIES = dict.fromkeys(MET, "NOT_APPLICABLE")


async def test_one_examiners_word_does_not_suffice(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    assert (await case.scored())["state"] == "SCORED"
    body = {"kind": "CERTIFY", "grounds": "g"}
    early = await case.chief.try_post(f"{case.path}/decision", body)
    assert codes(early) == ["STATE_CONFLICT"]
    author, _ = await case.examiners()
    path = f"{case.path}/on-site-report/countersignature"
    assert codes(await author.try_post(path, {"agree": True})) == ["SAME_PERSON"]
    assert codes(await case.chief.try_post(path, {"agree": True})) == ["NOT_DRAWN"]
    assert (await case.concurred())["state"] == "REPORTED"
    await case.chief.post(f"{case.path}/decision", body)


async def test_what_one_officer_alone_has_written_its_enterprise_reads_nowhere(
    office: Office,
) -> None:
    """Neither by state nor by version, which a pending decision would move."""
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    before = await case.enterprise.get(case.path)
    await case.scored()
    scored = await case.enterprise.get(case.path)
    assert (scored["state"], scored["version"]) == ("ON_SITE", before["version"])
    await case.concurred(agree=False)
    assert (await case.enterprise.get(case.path))["version"] == before["version"]
    await case.reported()
    reported = await case.enterprise.get(case.path)
    assert (reported["state"], reported["version"]) == ("REPORTED", before["version"] + 1)
    await case.chief.post(f"{case.path}/decision", {"kind": "FAIL", "grounds": "g"})
    assert await case.enterprise.get(case.path) == reported
    assert (await case.chief.get(case.path))["version"] > reported["version"]


async def test_what_the_other_examiner_sends_back_is_scored_again_by_either(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.scored({**MET, "FI-1": "NOT_MET"})
    back = await case.concurred(agree=False)
    assert (back["state"], back["score"], back["reporter"]) == ("ON_SITE", None, None)
    one, other = await case.examiners()
    await other.post(f"{case.path}/on-site-report", {"marks": MET, "opinion": "seen again"})
    path = f"{case.path}/on-site-report/countersignature"
    both = await one.post(path, {"agree": True})
    assert (both["state"], both["score"], both["report"]["opinion"]) == (
        *("REPORTED", 100),
        "seen again",
    )
    assert (await case.decided("CERTIFY"))["state"] == "CERTIFIED"


async def test_who_signs_reads_marks_opinion_and_self_assessment(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    marks = {**MET, "FI-1": "BASICALLY_MET"}
    await case.reported(marks)
    shown = await case.chief.get(case.path)
    assert shown["self_assessment"] == MET
    report = shown["report"]
    assert (report["marks"], report["opinion"]) == (marks, "seen on site")
    assert [report["author"], report["signer"]] == shown["examiners"]


async def test_an_examiner_who_left_is_drawn_anew_and_what_the_other_found_stands(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.scored()
    stays, gone = (await case.seen())["examiners"]
    grounds = {"grounds": "left the service"}
    refused = await case.chief.try_post(f"{case.path}/redraw", grounds)
    assert codes(refused) == ["OFFICERS_STILL_ELIGIBLE"]
    await office.dismiss(gone)
    redrawn = await case.chief.post(f"{case.path}/redraw", grounds)
    assert (redrawn["state"], redrawn["score"]) == ("SCORED", 100)
    assert redrawn["examiners"][0] == stays
    assert gone not in redrawn["examiners"]
    assert (await case.concurred())["state"] == "REPORTED"


async def test_an_examination_whose_examiners_both_left_is_drawn_by_its_case(
    office: Office,
) -> None:
    """Too few are left: that is said, and two are drawn as soon as there are two."""
    case = await applied(office, officers=2)
    await case.accepted()
    for examiner in (await case.on_site())["examiners"]:
        await office.dismiss(examiner)
    short = await case.chief.post(f"{case.path}/redraw", {"grounds": "both ill"})
    assert (short["examiners"], short["unstaffed_reason"]) == ([], "OFFICERS_TOO_FEW")
    hired = {await office.hire(case.port), await office.hire(case.port)}
    # Its case, told of the first, may have been quicker.
    again = await case.chief.try_post(f"{case.path}/redraw", {"grounds": "others are here"})
    assert again.status_code == 200 or codes(again) == ["OFFICERS_STILL_ELIGIBLE"]
    drawn = await case.seen("ON_SITE", unstaffed_reason=None)
    assert set(drawn["examiners"]) == hired


async def test_an_officer_without_the_skill_or_with_an_interest_decides_nothing(
    office: Office,
) -> None:
    """Asked anew at every act: who was drawn may have lost the skill or gained an interest."""
    case = await applied(office)
    await case.accepted()
    one, other = (await case.on_site())["examiners"]
    report = {"marks": MET, "opinion": "o"}
    await officer_knows(office.sql, one, "document")
    unskilled = await office.officer(one, case.port).try_post(f"{case.path}/on-site-report", report)
    await office.conflict(other, f"enterprise:{case.code}")
    kin = await office.officer(other, case.port).try_post(f"{case.path}/on-site-report", report)
    clerk = await office.clerk(case.port)
    await officer_knows(office.sql, one, "document", "aeo")
    await case.scored()
    assert codes(unskilled) == codes(kin) == ["OFFICER_NOT_ELIGIBLE"]
    await case.chief.post(f"{case.path}/redraw", {"grounds": "interest"})
    await case.concurred()
    body = {"kind": "CERTIFY", "grounds": "g"}
    assert codes(await clerk.try_post(f"{case.path}/decision", body)) == ["OFFICER_NOT_ELIGIBLE"]


async def test_nothing_applicable_is_no_pass(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    reported = await case.reported(NOTHING_APPLIES)
    assert (reported["passed"], reported["report"]["failures"]) == (False, ["NOTHING_APPLICABLE"])


async def test_no_trade_is_left_out_to_evade_its_standards(office: Office) -> None:
    """A factory on file for processing names it; customs adds what the enterprise left out."""
    port = await office.port()
    code, enterprise = await office.enterprise(port)
    await office.sql.execute(
        "INSERT INTO processing_filings (enterprise_code, hs_prefix, filed_from,"
        " yearly_capacity_kg, filing_no) VALUES ($1, '080131', '2025-01-01', 1000, 'T-1')",
        code,
    )
    refused = await enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(refused) == ["TRADE_MISSING"]
    body = {"level": "ADVANCED", "trades": ["PROCESSING"]}
    path = f"{ROOT}/{(await enterprise.post(ROOT, body))['accreditation_id']}"
    officer = await office.clerk(port)
    accepted = await officer.post(f"{path}/acceptance", {"accept": True, "trades": ["LOGISTICS"]})
    assert accepted["trades"] == ["PROCESSING", "LOGISTICS"]
    incomplete = await enterprise.try_post(f"{path}/self-assessment", {"marks": MET})
    assert codes(incomplete) == ["MARKS_INCOMPLETE"]


async def test_a_smuggler_is_suspended_and_downgraded_while_it_is_examined_again(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    body = {"kind": "SUSPEND", "grounds": "g"}
    assert codes(await case.chief.try_post(f"{case.path}/decision", body)) == ["NO_CERTIFICATE"]
    await case.reported()
    await case.decided("CERTIFY")
    await case.chief.post(f"{case.path}/review", {"grounds": "complaints"})
    await case.seen("ON_SITE")
    resting = await case.decided("SUSPEND")
    assert resting["state"] == "ON_SITE"
    assert resting["suspended_on"] is not None
    party = f"enterprise:{case.code}"
    lot = await office.screened(await office.lot(case.port, submitted_by=party))
    assert float(str(lot.rate)) == 0.05
    again = await case.chief.try_post(f"{case.path}/decision", body)
    assert codes(again) == ["ALREADY_SUSPENDED"]
    lost = await case.decided("DOWNGRADE", level="DISHONEST")
    assert lost["state"] == "DOWNGRADED"


async def test_a_certificate_that_rested_is_in_force_again_when_it_is_confirmed(
    office: Office,
) -> None:
    case = await applied(office)
    await case.certified()
    await case.chief.post(f"{case.path}/review", {"grounds": "complaints"})
    await case.seen("ON_SITE")
    await case.decided("SUSPEND")
    await case.reported()
    confirmed = await case.decided("CERTIFY")
    assert (confirmed["state"], confirmed["suspended_on"]) == ("CERTIFIED", None)


async def test_an_overdue_accreditation_is_listed_with_what_is_overdue(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await office.sql.execute(
        "UPDATE cases SET due_at = now() - interval '1 day' WHERE case_id = $1",
        uuid_of(case.aeo_id, "aeo"),
    )
    listed = await case.chief.get("/window/v1/overdue", kind="accreditation")
    assert [late["case_id"] for late in listed["items"]] == [case.aeo_id]


async def test_a_firm_is_not_told_what_is_proposed_against_it_nor_who_comes(
    office: Office,
) -> None:
    case = await applied(office)
    await case.certified()
    await case.chief.post(f"{case.path}/decision", {"kind": "SUSPEND", "grounds": "smuggling"})
    shown = await case.enterprise.get(case.path)
    hidden = ("pending_decision", "reporter", "concurring")
    assert [shown[name] for name in hidden] == [None] * 3
    assert (shown["examiners"], shown["report"]["author"]) == ([], None)
    assert shown["report"]["marks"] == MET
    port = await office.port()
    code, enterprise = await office.enterprise(port)
    officer = await office.clerk(port)
    body = {"party": f"enterprise:{code}", "level": "DISHONEST", "grounds": "SMUGGLING"}
    await officer.post("/accreditation/v1/credit-levels", body)
    assert (await enterprise.get("/accreditation/v1/credit-levels"))["items"] == []
