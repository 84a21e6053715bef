"""A clerk confirms for a member on the days of the mandate and of the membership only."""

from datetime import UTC, datetime, timedelta

import pytest

from services.declaration.domain.events import MembersReminded
from services.declaration.domain.rules.reminder import reminded_lately
from services.kernel.clock import business_day
from tests.support.harbour import Harbour
from tests.support.log import say
from tests.support.window import codes

LOTS = "/declaration/v1/lots"


def day(days_from_now: int) -> str:
    """A Beijing day, counted from today."""
    return (business_day(datetime.now(UTC)) + timedelta(days=days_from_now)).isoformat()


async def clerk_confirms(harbour: Harbour, *mandates: tuple[int, int | None]) -> list[str]:
    """What a clerk's confirmation is refused for, given one member's mandates (from, to)."""
    group = await harbour.group(1, mandated=False)
    given = [
        {
            "group_code": group.code,
            "resident_no": group.residents[0],
            "given_on": day(start),
            "ended_on": None if end is None else day(end),
        }
        for start, end in mandates
    ]
    for row in given:
        await harbour.window.on_file("mandates", row)
    lot_id = await harbour.accepted(group, values=["10.00"])
    path = f"{LOTS}/{lot_id}/confirmations"
    answer = await group.clerk.try_post(path, {"by_mandate": True})
    return [] if answer.status_code == 200 else codes(answer)


@pytest.mark.parametrize(
    "mandates",
    [
        ((0, None),),
        ((-9, 2),),  # its end is fixed and has not come
        ((-9, 2), (5, None)),  # the next one is given already
    ],
)
async def test_a_mandate_counts_from_its_first_day_to_the_day_before_its_end(
    harbour: Harbour, mandates: tuple[tuple[int, int | None], ...]
) -> None:
    assert await clerk_confirms(harbour, *mandates) == []


@pytest.mark.parametrize(
    "mandates",
    [
        ((2, None),),  # given for later
        ((-9, 0),),  # ends today
        ((-9, -2), (2, None)),  # between two
    ],
)
async def test_a_mandate_of_other_days_confirms_nothing(
    harbour: Harbour, mandates: tuple[tuple[int, int | None], ...]
) -> None:
    assert await clerk_confirms(harbour, *mandates) == ["NOTHING_TO_CONFIRM"]


async def test_a_mandate_ends_with_the_membership(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    row = {
        "group_code": group.code,
        "resident_no": group.residents[0],
        "joined_on": "2026-01-05",
        "left_on": business_day(datetime.now(UTC)).isoformat(),
    }
    await harbour.window.registrar.post("/registry/v1/memberships", {"rows": [row]})
    path = f"{LOTS}/{lot_id}/confirmations"
    answer = await group.clerk.try_post(path, {"by_mandate": True})
    assert codes(answer) == ["NOTHING_TO_CONFIRM"]


async def test_who_has_not_confirmed_is_reminded_and_not_pressed(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["10.00", "20.00"])
    path = f"{LOTS}/{lot_id}/reminders"
    reminded = await group.clerk.post(path)
    assert (reminded["version"], reminded["state"]) == (1, "SUBMITTED")
    timeline = await group.clerk.get(f"/window/v1/cases/{lot_id}/timeline")
    last = timeline["items"][-1]
    assert (last["type"], last["body"]) == ("MembersReminded", {"unconfirmed": 2})
    again = await group.clerk.try_post(path)
    assert (again.status_code, codes(again)) == (409, ["REMINDED_LATELY"])
    await group.clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "the buyer left"})
    assert codes(await group.clerk.try_post(path)) == ["STATE_CONFLICT"]


@pytest.mark.parametrize(("seconds", "again"), [(3599, False), (3600, True)])
def test_an_hour_lies_between_two_reminders(seconds: int, again: bool) -> None:
    last, hour = datetime(2026, 11, 18, 1, tzinfo=UTC), timedelta(hours=1)
    refused = reminded_lately(last, now=last + timedelta(seconds=seconds), every=hour)
    assert (refused is None) is again
    assert reminded_lately(None, now=last, every=hour) is None


async def test_members_are_reminded_again_when_the_time_is_over(harbour: Harbour) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["10.00", "20.00"])
    long_ago = datetime.now(UTC) - timedelta(minutes=61)
    reminded = MembersReminded(unconfirmed=2)
    await say(harbour.window.sql, lot_id, reminded, step="remind:1", at=long_ago)
    await group.clerk.post(f"{LOTS}/{lot_id}/reminders")
    assert (await harbour.events(lot_id)).count("MembersReminded") == 2
