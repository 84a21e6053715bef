"""The step of an accreditation's case is due by its own time, and safe to take twice."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from deploy.sandbox.parties import Party
from services.accreditation.activities import AccreditationActivities
from services.accreditation.domain.rules.score import standards_for
from services.kernel.clock import BEIJING
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Case
from tests.support.inspection import Office
from tests.support.window import codes

ROOT = "/accreditation/v1/accreditations"
MARKS = dict.fromkeys(sorted(standards_for(())), "MET")


@pytest.fixture
def steps(office: Office) -> AccreditationActivities:
    assembly = office.assembly
    return AccreditationActivities(assembly.database("accreditation"), vault=assembly.vault)


def midnight(day: str, *, days: int = 0) -> datetime:
    """The first instant of a Beijing day, or of one so many days later."""
    first = datetime.combine(date.fromisoformat(day), time(), tzinfo=BEIJING)
    return (first + timedelta(days=days)).astimezone(UTC)


async def accepted(office: Office, *, officers: int = 3) -> tuple[str, Party, str]:
    """An accepted case: its id, its enterprise, its last day."""
    port = await office.port(officers=officers)
    _, enterprise = await office.enterprise(port)
    aeo_id = (await enterprise.post(ROOT, {"level": "ADVANCED"}))["accreditation_id"]
    chief = await office.clerk(port)
    case = await chief.post(f"{ROOT}/{aeo_id}/acceptance", {"accept": True})
    return aeo_id, enterprise, case["due_on"]


async def test_the_clock_runs_out_after_its_last_day_and_is_said_once(
    office: Office, steps: AccreditationActivities
) -> None:
    aeo_id, _, due_on = await accepted(office)
    over = midnight(due_on, days=1)
    before = await steps.attend_accreditation(Case(case_id=aeo_id, at=over - timedelta(seconds=1)))
    assert (before.state, before.look_at) == ("ACCEPTED", over)
    for _ in range(2):
        after = await steps.attend_accreditation(Case(case_id=aeo_id, at=over))
        assert (after.state, after.ended, after.look_at) == ("ACCEPTED", False, None)
    assert (await office.events(aeo_id)).count("AccreditationClockRanOut") == 1
    assert (await office.until(f"{ROOT}/{aeo_id}"))["version"] == 2


async def test_examiners_are_drawn_once_and_a_lack_of_them_is_said_once(
    office: Office, steps: AccreditationActivities
) -> None:
    aeo_id, enterprise, _ = await accepted(office, officers=1)
    case = Case(case_id=aeo_id)
    await steps.attend_accreditation(case)
    assert "ExaminersUnavailable" not in await office.events(aeo_id)
    await enterprise.post(f"{ROOT}/{aeo_id}/self-assessment", {"marks": MARKS})
    for _ in range(2):
        lacking = await steps.attend_accreditation(case)
        assert lacking.state == "SELF_ASSESSED"
        assert lacking.look_at is not None
        assert lacking.look_at <= datetime.now(UTC) + timedelta(hours=1)
    shown = await office.until(f"{ROOT}/{aeo_id}")
    assert shown["unstaffed_reason"] == "OFFICERS_TOO_FEW"
    await office.hire(shown["port"])
    drawn = [await steps.attend_accreditation(case) for _ in range(2)]
    assert [d.state for d in drawn] == ["ON_SITE", "ON_SITE"]
    events = await office.events(aeo_id)
    assert events.count("ExaminersUnavailable") == events.count("ExaminersDrawn") == 1


async def test_an_extension_after_the_last_day_is_refused_though_nobody_has_said_so_yet(
    office: Office,
) -> None:
    aeo_id, _, _ = await accepted(office)
    await office.sql.execute(
        "UPDATE accreditations SET due_on = current_date - 2 WHERE aeo_id = $1",
        uuid_of(aeo_id, "aeo"),
    )
    shown = await office.until(f"{ROOT}/{aeo_id}")
    assert shown["overdue"]
    chief = await office.clerk(shown["port"])
    refused = await chief.try_post(f"{ROOT}/{aeo_id}/extension", {"grounds": "late"})
    assert codes(refused) == ["CLOCK_RAN_OUT"]


async def test_an_enterprises_reference_is_used_once_and_found_in_any_spelling(
    office: Office,
) -> None:
    _, enterprise = await office.enterprise(await office.port())
    applied = await enterprise.post(ROOT, {"level": "ADVANCED", "reference": "AEO/2026-1"})
    for spelled in ("AEO/2026-1", "aeo-2026-1", "Aeo_2026.1"):
        again = await enterprise.try_post(ROOT, {"level": "ADVANCED", "reference": spelled})
        assert codes(again) == ["ALREADY_OPEN", "DUPLICATE_REFERENCE"], spelled
        in_the_way = [error["facts"] for error in again.json()["errors"]]
        assert in_the_way == [{"case_id": applied["accreditation_id"]}] * 2
        (found,) = (await enterprise.get(ROOT, reference=spelled))["items"]
        assert found["accreditation_id"] == applied["accreditation_id"]
