"""Who examines an enterprise: drawn anew as often as it takes, and never who decides."""

from __future__ import annotations

from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from tests.acts.accreditation import Case, certified_case, half_scored_case, staffed_case
from tests.support.accreditation import MET, ROOT
from tests.support.asleep import Asleep
from tests.support.harbour import open_port
from tests.support.on_file import officer_filed
from tests.support.window import codes

GROUNDS = {"grounds": "left the service"}


@pytest.fixture
async def place(asleep: Asleep) -> Asleep:
    """A port of its own with two officers who may examine."""
    return asleep.at(await open_port(asleep.harbour.window, officers=2))


async def redrawn(case: Case) -> dict[str, Any]:
    """An officer at the desk has examiners drawn anew."""
    harbour = case.asleep.harbour
    return await harbour.officer(case.chief).post(f"{ROOT}/{case.aeo_id}/redraw", GROUNDS)


async def test_examiners_are_asked_for_again_and_again_while_there_are_too_few(
    place: Asleep,
) -> None:
    case = await staffed_case(place)
    for examiner in (await case.seen())["examiners"]:
        await place.harbour.dismiss(examiner)
    for _ in range(3):
        short = await redrawn(case)
        assert short["unstaffed_reason"] == "OFFICERS_TOO_FEW"
    hired = {await place.harbour.hire(), await place.harbour.hire()}
    found = await redrawn(case)
    assert (set(found["examiners"]), found["unstaffed_reason"]) == (hired, None)


async def test_where_the_draw_day_is_closed_who_may_examine_stays_and_the_case_draws_the_other(
    place: Asleep,
) -> None:
    harbour = place.harbour
    case = await staffed_case(place)
    gone, stays = (await case.seen())["examiners"]
    new = await harbour.hire()
    await harbour.dismiss(gone)
    risk = harbour.window.parties.act_as("risk_officer", f"officer:{new}", port=harbour.port)
    (seed,) = (await risk.get("/risk/v1/draw-seeds", port=harbour.port))["items"]
    await risk.post(f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal")
    for _ in range(2):
        short = await redrawn(case)
        assert (short["examiners"], short["unstaffed_reason"]) == ([stays], "SEED_MISSING")
    await place.attended(case.aeo_id)
    drawn = await case.seen()
    assert (drawn["examiners"], drawn["unstaffed_reason"]) == ([stays, new], None)


async def test_whose_report_was_sent_back_does_not_decide_on_the_next_one(place: Asleep) -> None:
    harbour = place.harbour
    case = await half_scored_case(place)
    author, other = (await case.seen())["examiners"]
    path = "on-site-report/countersignature"
    await case.signed(other, path, {"agree": False, "remark": "not so"})
    await harbour.dismiss(author)
    third = await harbour.hire()
    await redrawn(case)
    await case.signed(other, "on-site-report", {"marks": MET, "opinion": "seen on site"})
    await case.signed(third, path, {"agree": True})
    await place.sql.execute(
        "UPDATE officers SET active = true WHERE officer_id = $1", uuid_of(author, "ofc")
    )
    decision = {"kind": "CERTIFY", "grounds": "sample"}
    for examiner in (author, other, third):
        desk = harbour.officer(examiner)
        refused = await desk.try_post(f"{ROOT}/{case.aeo_id}/decision", decision)
        assert codes(refused) == ["SAME_PERSON"]


async def test_a_downgrade_tells_its_party_nothing_of_a_report_that_one_examiner_signed(
    place: Asleep,
) -> None:
    harbour = place.harbour
    case = await certified_case(place)
    enterprise = harbour.window.parties.act_as("enterprise", f"enterprise:{case.code}")
    assert (await enterprise.get(f"{ROOT}/{case.aeo_id}"))["score"] == 100
    await case.signed(case.chief, "review", GROUNDS)
    await place.attended(case.aeo_id)
    examiner, _ = (await case.seen())["examiners"]
    await case.signed(examiner, "on-site-report", {"marks": MET, "opinion": "seen on site"})
    one, other = [await officer_filed(place.sql, harbour.port, ("aeo",)) for _ in range(2)]
    await case.signed(
        one, "decision", {"kind": "DOWNGRADE", "level": "ORDINARY", "grounds": "sample"}
    )
    await case.signed(other, "countersignature", {"agree": True})
    seen = await enterprise.get(f"{ROOT}/{case.aeo_id}")
    assert (seen["state"], seen["score"], seen["passed"]) == ("DOWNGRADED", None, None)
    assert seen["report"] is None
