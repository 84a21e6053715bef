"""Who is away is drawn for nothing and decides nothing; what he was drawn for is drawn again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.registry.commands.duties import DUTIES_BY_DAY
from tests.acts.test_dismissed_officers import waits
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, open_port
from tests.support.on_file import badge_of, officer_filed
from tests.support.window import codes

DUTIES = "/registry/v1/duties"
ORDERS = "/inspection/v1/orders"


@pytest.fixture
async def place(asleep: Asleep) -> Asleep:
    """A port of its own with three officers who look."""
    return asleep.at(await open_port(asleep.harbour.window, officers=3))


def today(days: int = 0) -> str:
    day: date = business_day(datetime.now(UTC)) + timedelta(days=days)
    return day.isoformat()


async def keeper(place: Asleep) -> Any:
    """Who keeps the roster there."""
    officer = await officer_filed(place.sql, place.harbour.port, ("supervise",))
    return place.harbour.officer(officer), officer


async def said_away(place: Asleep, by: Any, officer: str, **row: Any) -> httpx2.Response:
    badge = await badge_of(place.sql, officer)
    row = {"badge_no": badge, "duty": "LEAVE", "from_on": today(), "until_on": today(3), **row}
    answer: httpx2.Response = await by.try_post(DUTIES, {"rows": [row]})
    return answer


async def on_roster(place: Asleep, by: Any, officer: str) -> dict[str, Any]:
    items = (await by.get("/inspection/v1/roster"))["items"]
    return next(item for item in items if item["officer_id"] == officer)


def _away(duty: str, from_on: str, *, yours: bool) -> dict[str, Any]:
    return {"duty": duty, "from_on": from_on, "until_on": today(3), "yours": yours}


async def test_who_is_away_signs_nothing_and_another_is_drawn_in_his_place(place: Asleep) -> None:
    by, _ = await keeper(place)
    _, order_id = await place.inspected()
    one, other = (await place.harbour.order(order_id))["officers"]
    assert (await on_roster(place, by, one))["open_orders"] == 1
    assert (await said_away(place, by, one)).status_code == 201
    shown = await on_roster(place, by, one)
    assert (shown["on_duty"], shown["in_service"]) == (False, True)
    assert shown["away"] == _away("LEAVE", today(), yours=True)
    assert not (await on_roster(place, place.harbour.officer(other), one))["away"]["yours"]
    refused = await place.harbour.officer(one).try_post(f"{ORDERS}/{order_id}/findings", PASSED)
    assert codes(refused) == ["OFFICER_NOT_ON_FILE"]
    waiting = (await by.get(f"{ORDERS}?open=true&absent=true"))["items"]
    assert [(order["order_id"], order["absent"]) for order in waiting] == [(order_id, [one])]
    grounds = {"grounds": "on leave"}
    assert "redraw" not in (await by.get(f"{ORDERS}/{order_id}"))["acts"]
    own = await by.try_post(f"{ORDERS}/{order_id}/redraw", grounds)
    assert codes(own) == ["SAME_PERSON"], "nobody says others away to have a draw to his liking"
    drawn = await place.harbour.officer(other).post(f"{ORDERS}/{order_id}/redraw", grounds)
    assert other in drawn["officers"]
    assert one not in drawn["officers"]


@pytest.mark.parametrize("until", [None, 3])
async def test_who_said_long_ago_that_somebody_is_away_asks_for_no_draw_in_his_place(
    place: Asleep, until: int | None
) -> None:
    by, _ = await keeper(place)
    _, order_id = await place.inspected()
    one, other = (await place.harbour.order(order_id))["officers"]
    ends = None if until is None else today(until)
    assert (await said_away(place, by, one, until_on=ends)).status_code == 201
    async with place.sql.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "UPDATE pool_changes SET changed_at = now() - interval '40 days' WHERE officer_id = $1",
            uuid_of(one, "ofc"),
        )
    redraw, grounds = f"{ORDERS}/{order_id}/redraw", {"grounds": "on leave"}
    assert codes(await by.try_post(redraw, grounds)) == ["SAME_PERSON"]
    assert other in (await place.harbour.officer(other).post(redraw, grounds))["officers"]


async def test_who_is_back_decides_again(place: Asleep) -> None:
    by, _ = await keeper(place)
    officer = (await place.harbour.on_duty())[0]
    assert (await said_away(place, by, officer)).status_code == 201
    back = await said_away(place, by, officer, duty="ON_DUTY", until_on=None)
    assert back.status_code == 201
    shown = await on_roster(place, by, officer)
    assert (shown["on_duty"], shown["away"]) == (True, None)


async def test_for_what_somebody_is_away_reads_who_keeps_the_roster_and_he_himself(
    place: Asleep,
) -> None:
    by, _ = await keeper(place)
    one, other = (await place.harbour.on_duty())[:2]
    assert (await said_away(place, by, one, duty="SICK", from_on=today(1))).status_code == 201
    read = {who: await on_roster(place, place.harbour.officer(who), one) for who in (one, other)}
    assert (await on_roster(place, by, one))["away"]["duty"] == "SICK"
    assert read[one]["away"]["duty"] == "SICK"
    assert read[other]["away"] == _away("AWAY", today(1), yours=False)
    assert (await by.get("/inspection/v1/roster"))["keeps"] is True
    assert (await place.harbour.officer(one).get("/inspection/v1/roster"))["keeps"] is False


async def test_an_absence_to_come_takes_nobody_away_today(place: Asleep) -> None:
    by, _ = await keeper(place)
    officer = (await place.harbour.on_duty())[0]
    assert (await said_away(place, by, officer, from_on=today(1))).status_code == 201
    shown = await on_roster(place, by, officer)
    assert (shown["on_duty"], shown["away"]["from_on"]) == (True, today(1))


async def test_the_roster_is_kept_by_another_officer_of_the_port_who_may(place: Asleep) -> None:
    by, self = await keeper(place)
    one, other = (await place.harbour.on_duty())[:2]
    assert codes(await said_away(place, by, self)) == ["SAME_PERSON"]
    without = await said_away(place, place.harbour.officer(one), other)
    assert codes(without) == ["OFFICER_NOT_ELIGIBLE"]
    elsewhere = await officer_filed(place.sql, "RUILI")
    assert codes(await said_away(place, by, elsewhere)) == ["NOT_FILED_YET"]
    assert codes(await said_away(place, by, one, until_on=today())) == ["PERIOD_INVALID"]
    assert codes(await said_away(place, by, one, duty="TIRED")) == ["REQUEST_INVALID"]


async def test_what_leaves_too_few_of_a_pool_is_proposed_and_a_registrar_confirms_it(
    place: Asleep,
) -> None:
    one, other, _ = await place.harbour.on_duty()
    by, _ = await keeper(place)
    assert (await said_away(place, by, one)).json()["proposed"] == 0
    proposed = (await said_away(place, by, other)).json()
    assert (proposed["filed"], proposed["proposed"]) == (0, 1)
    assert (await on_roster(place, by, other))["on_duty"] is True
    assert codes(await said_away(place, by, other)) == ["STATE_CONFLICT"], "it is open"
    registrar = place.harbour.window.registrar
    change = f"/registry/v1/changes/{proposed['filing_id']}"
    shown = await registrar.get(change)
    assert [row["from_on"] for row in shown["rows"]] == [today()]
    await registrar.post(f"{change}/decision", {"confirm": True})
    assert (await on_roster(place, by, other))["on_duty"] is False


async def test_who_is_back_leaves_nobody_too_few(place: Asleep) -> None:
    one, other, _ = await place.harbour.on_duty()
    by, _ = await keeper(place)
    assert (await said_away(place, by, one, from_on=today(5), until_on=today(9))).json()["filed"]
    assert (await said_away(place, by, other)).json()["filed"] == 1, "on other days"
    again = await said_away(place, by, other, from_on=today(8), until_on=None)
    assert again.json()["proposed"] == 1, "from the day on which both are away"
    back = await said_away(place, by, one, duty="ON_DUTY", from_on=today(6), until_on=None)
    assert back.json()["filed"] == 1


async def test_the_past_stays_as_it_was(place: Asleep) -> None:
    colleagues = await place.harbour.on_duty()
    officer, (by, _) = colleagues[0], await keeper(place)
    assert (await said_away(place, by, officer)).status_code == 201
    await place.sql.execute(
        "UPDATE officer_duties SET from_on = from_on - 2 WHERE officer_id ="
        " (SELECT officer_id FROM officers WHERE badge_no = $1)",
        await badge_of(place.sql, officer),
    )
    for other in colleagues:
        answer = await said_away(place, by, other, duty="SICK", from_on=today(-1))
        assert codes(answer) == ["PERIOD_INVALID"]
        answer = await said_away(place, by, other, from_on=today(-3), until_on=today(-1))
        assert codes(answer) == ["PERIOD_INVALID"]
    ended = await said_away(place, by, officer, until_on=today(1))
    assert codes(ended) == ["PERIOD_OVERLAP"]


async def test_who_is_dismissed_while_the_registers_turn_is_anothers_enters_nothing(
    place: Asleep,
) -> None:
    by, keeping = await keeper(place)
    officer = (await place.harbour.on_duty())[0]
    turn = DUTIES_BY_DAY.turns.text.replace(":rows", "$1")
    rows = json.dumps([{"officer_id": str(uuid_of(officer, "ofc"))}])
    async with place.sql.acquire() as other, other.transaction():
        await other.execute(turn, rows)
        act = asyncio.create_task(said_away(place, by, officer))
        assert await waits(place, act)
        await place.harbour.dismiss(keeping)
    assert codes(await act) == ["OFFICER_NOT_ON_FILE"]
