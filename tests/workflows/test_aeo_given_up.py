"""An applicant may give up until it is decided, from every state, and waits a year then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final
from uuid import UUID

import pytest

from services.accreditation.domain.rules.accreditation import years_after
from services.accreditation.domain.states import AeoState
from tests.support.accreditation import FAILED, ROOT, Case, applied
from tests.support.inspection import Office
from tests.support.window import codes

S = AeoState
GROUNDS: Final = {"grounds": "not ready"}


async def as_applied(office: Office) -> Case:
    return await applied(office)


async def as_accepted(office: Office) -> Case:
    case = await applied(office)
    await case.accepted()
    return case


async def as_self_assessed(office: Office) -> Case:
    """Nobody can be drawn."""
    case = await applied(office, officers=0)
    await case.accepted()
    await case.enterprise.post(f"{case.path}/self-assessment", {"marks": FAILED})
    await case.seen("SELF_ASSESSED", unstaffed_reason="OFFICERS_TOO_FEW")
    return case


async def as_on_site(office: Office) -> Case:
    case = await as_accepted(office)
    await case.on_site()
    return case


async def as_scored(office: Office) -> Case:
    case = await as_on_site(office)
    await case.scored(FAILED)
    return case


async def as_reported(office: Office) -> Case:
    """A decision that it failed waits for its second signature."""
    case = await as_scored(office)
    await case.concurred()
    await case.chief.post(f"{case.path}/decision", {"kind": "FAIL", "grounds": "g"})
    return case


async def as_certified(office: Office) -> Case:
    case = await applied(office)
    await case.certified()
    return case


async def as_suspended(office: Office) -> Case:
    case = await as_certified(office)
    await case.decided("SUSPEND")
    return case


async def as_under_review(office: Office) -> Case:
    """Examined again, and nobody can be drawn any more."""
    case = await as_certified(office)
    await office.sql.execute("UPDATE officers SET skills = '{}' WHERE port = $1", case.port)
    desk = await office.clerk(case.port)
    await desk.post(f"{case.path}/review", {"grounds": "complaints"})
    await case.seen("UNDER_REVIEW", unstaffed_reason="OFFICERS_TOO_FEW")
    return case


async def as_declined(office: Office) -> Case:
    case = await applied(office)
    no = {"accept": False, "reason_code": "PAPERS_MISSING"}
    await case.chief.post(f"{case.path}/acceptance", no)
    return case


async def as_withdrawn(office: Office) -> Case:
    case = await as_accepted(office)
    await case.enterprise.post(f"{case.path}/withdrawal", GROUNDS)
    return case


async def as_failed(office: Office) -> Case:
    case = await as_scored(office)
    await case.concurred()
    await case.decided("FAIL")
    return case


async def as_downgraded(office: Office) -> Case:
    case = await as_certified(office)
    await case.decided("DOWNGRADE", level="ORDINARY")
    return case


Leads = Callable[[Office], Awaitable[Case]]
INTO: Final[dict[AeoState, Leads]] = {
    state: globals()[f"as_{state.value.lower()}"] for state in AeoState
}
"""How a case comes into each state there is."""
GIVEN_UP_IN: Final = (S.APPLIED, S.ACCEPTED, S.SELF_ASSESSED, S.ON_SITE, S.SCORED, S.REPORTED)


@pytest.mark.parametrize("state", [s for s in AeoState if s in GIVEN_UP_IN])
async def test_an_application_is_given_up_in_every_state_before_it_is_decided(
    office: Office, state: AeoState
) -> None:
    case = await INTO[state](office)
    assert (await case.seen())["state"] == state
    gone = await case.enterprise.post(f"{case.path}/withdrawal", GROUNDS)
    assert gone["state"] == "WITHDRAWN"
    assert await office.ended(case.aeo_id) == "WITHDRAWN"
    seen = await case.seen("WITHDRAWN")
    assert seen["pending_decision"] is None
    shown = await case.enterprise.get(f"/window/v1/cases/{case.aeo_id}")
    assert (shown["state"], shown["holder"]) == ("WITHDRAWN", "nobody")
    again = await case.enterprise.try_post(ROOT, {"level": "ADVANCED"})
    assert codes(again) == ["REAPPLY_TOO_EARLY"]
    (error,) = again.json()["errors"]
    today = date.fromisoformat(again.json()["at"][:10])
    assert error["facts"]["again_from"] in {str(years_after(today, 1)), str(today)}
    # Nobody scores, signs or draws for what was given up.
    for act, body in (
        ("on-site-report", {"marks": FAILED, "opinion": "late"}),
        ("on-site-report/countersignature", {"agree": True}),
        ("decision", {"kind": "FAIL", "grounds": "g"}),
        ("countersignature", {"agree": True}),
        ("redraw", {"grounds": "ill"}),
    ):
        late = await case.chief.try_post(f"{case.path}/{act}", body)
        assert late.status_code >= 400, act
    assert (await case.seen())["state"] == "WITHDRAWN"


async def test_what_was_found_on_site_stays_on_record_and_is_told_no_sooner(
    office: Office,
) -> None:
    case = await as_scored(office)
    before = await office.events(case.aeo_id)
    await case.enterprise.post(f"{case.path}/withdrawal", GROUNDS)
    assert await office.events(case.aeo_id) == [*before, "AccreditationWithdrawn"]
    kept = await office.sql.fetchval(
        "SELECT count(*) FROM on_site_reports WHERE aeo_id = $1", UUID(hex=case.aeo_id[4:])
    )
    assert kept == 1
    own = await case.enterprise.get(case.path)
    assert (own["score"], own["passed"]) == (None, None), own
    shown = await case.enterprise.get(f"/window/v1/cases/{case.aeo_id}")
    assert "OnSiteReported" not in str(shown)


@pytest.mark.parametrize("state", [s for s in AeoState if s not in GIVEN_UP_IN])
async def test_what_was_decided_is_not_given_up(office: Office, state: AeoState) -> None:
    case = await INTO[state](office)
    before = await case.enterprise.get(case.path)
    refused = await case.enterprise.try_post(f"{case.path}/withdrawal", GROUNDS)
    assert codes(refused) == ["STATE_CONFLICT"]
    assert await case.enterprise.get(case.path) == before


@pytest.mark.parametrize("until", ["ON_SITE", "SCORED", "REPORTED"])
async def test_nobody_withdraws_from_a_re_examination(office: Office, until: str) -> None:
    case = await as_certified(office)
    await case.chief.post(f"{case.path}/review", {"grounds": "complaints"})
    await case.seen("ON_SITE")
    if until != "ON_SITE":
        await case.scored(FAILED)
    if until == "REPORTED":
        await case.concurred()
    refused = await case.enterprise.try_post(f"{case.path}/withdrawal", GROUNDS)
    (error,) = refused.json()["errors"]
    assert (error["code"], error["rule"]) == ("STATE_CONFLICT", "AEO-GIVEN-UP")
    assert (await case.seen())["state"] == until
