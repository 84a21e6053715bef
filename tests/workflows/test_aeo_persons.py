"""Who may do what in an accreditation: drawn, on file, at the port, and twice another person."""

import asyncio

from services.kernel.identifiers import new_id
from tests.support.accreditation import MET, applied
from tests.support.inspection import Office
from tests.support.window import codes


async def test_nobody_signs_the_own_decision(office: Office) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    await case.chief.post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    own = await case.chief.try_post(f"{case.path}/countersignature", {"agree": True})
    assert codes(own) == ["SAME_PERSON"]
    back = await case.deputy.post(
        f"{case.path}/countersignature", {"agree": False, "remark": "papers missing"}
    )
    assert (back["state"], back["pending_decision"]) == ("REPORTED", None)


async def test_why_a_proposal_was_sent_back_is_read_by_officers_and_by_them_alone(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    assert (await case.chief.get(case.path))["sent_back"] is None
    decision = {"kind": "CERTIFY", "grounds": "g"}
    proposed = await case.chief.post(f"{case.path}/decision", decision)
    remark = {"agree": False, "remark": "papers missing"}
    await case.deputy.post(f"{case.path}/countersignature", remark)
    for officer in (case.chief, case.deputy):
        told = (await officer.get(case.path))["sent_back"]
        assert (told["kind"], told["grounds"], told["remark"]) == ("CERTIFY", "g", "papers missing")
        assert told["author"] == proposed["pending_decision"]["author"] != told["signer"]
    assert (await case.enterprise.get(case.path))["sent_back"] is None
    assert (await case.decided("CERTIFY"))["state"] == "CERTIFIED"
    assert (await case.chief.get(case.path))["sent_back"] is None


async def test_an_enterprise_reads_why_its_certificate_rests_once_two_have_signed(
    office: Office,
) -> None:
    case = await applied(office)
    await case.certified()
    suspension = {"kind": "SUSPEND", "grounds": "a seal was broken"}
    await case.chief.post(f"{case.path}/decision", suspension)
    assert (await case.enterprise.get(case.path))["grounds"] is None
    await case.deputy.post(f"{case.path}/countersignature", {"agree": True})
    assert (await case.enterprise.get(case.path))["grounds"] == "a seal was broken"
    await case.chief.post(f"{case.path}/decision", {"kind": "REINSTATE", "grounds": "mended"})
    await case.deputy.post(f"{case.path}/countersignature", {"agree": False, "remark": "not yet"})
    assert (await case.enterprise.get(case.path))["grounds"] == "a seal was broken"
    await case.decided("REINSTATE")
    assert (await case.enterprise.get(case.path))["grounds"] is None
    lost = {"kind": "DOWNGRADE", "level": "ORDINARY", "grounds": "it was smuggled"}
    await case.chief.post(f"{case.path}/decision", lost)
    await case.deputy.post(f"{case.path}/countersignature", {"agree": True})
    assert (await case.enterprise.get(case.path))["grounds"] == "it was smuggled"


async def test_only_a_drawn_examiner_reports_and_no_examiner_decides(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    examiners = (await case.on_site())["examiners"]
    body = {"marks": MET, "opinion": "o"}
    stranger = await case.chief.try_post(f"{case.path}/on-site-report", body)
    assert codes(stranger) == ["NOT_DRAWN"]
    examiner, other = (office.officer(e, case.port) for e in examiners)
    await examiner.post(f"{case.path}/on-site-report", body)
    await case.concurred()
    for who in (examiner, other):
        decision = await who.try_post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
        assert codes(decision) == ["SAME_PERSON"]


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
    refused = await stranger.try_post("/accreditation/v1/credit-levels", body)
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


async def test_of_two_proposals_at_once_one_waits_and_the_other_is_told_so(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    path, body = f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"}
    answers = await asyncio.gather(
        case.chief.try_post(path, body), case.deputy.try_post(path, body)
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    (refused,) = (a for a in answers if a.status_code == 409)
    assert codes(refused) == ["DECISION_PENDING"]


async def test_a_decision_on_an_older_reading_is_refused(office: Office) -> None:
    case = await applied(office)
    read = await case.seen()
    accepted = await case.accepted()
    assert (read["version"], accepted["version"]) == (1, 2)
    old = {"If-Match": f'"{read["version"]}"'}
    body = {"grounds": "more papers"}
    refused = await case.chief.try_post(f"{case.path}/extension", body, **old)
    assert (refused.status_code, codes(refused)) == (412, ["VERSION_MISMATCH"])
    new = {"If-Match": f'"{accepted["version"]}"'}
    extended = await case.chief.try_post(f"{case.path}/extension", body, **new)
    assert (extended.status_code, extended.headers["ETag"]) == (200, '"3"')


async def test_two_officers_sign_at_once_and_the_certificate_is_issued_once(
    office: Office,
) -> None:
    case = await applied(office)
    await case.accepted()
    await case.on_site()
    await case.reported()
    await case.chief.post(f"{case.path}/decision", {"kind": "CERTIFY", "grounds": "g"})
    third = office.officer(await office.hire(case.port), case.port)
    path = f"{case.path}/countersignature"
    answers = await asyncio.gather(
        case.deputy.try_post(path, {"agree": True}), third.try_post(path, {"agree": True})
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert (await office.events(case.aeo_id)).count("EnterpriseCertified") == 1
