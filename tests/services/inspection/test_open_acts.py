"""An order offers its reader what would not be refused him: who is away, nothing."""

from __future__ import annotations

from typing import Any, Final

import pytest

from deploy.sandbox.parties import Party
from services.kernel.identifiers import uuid_of
from tests.services.inspection.test_roster import keeper, said_away
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, open_port
from tests.support.on_file import officer_knows
from tests.support.window import codes

ORDERS: Final = "/inspection/v1/orders"
LOTS: Final = "/declaration/v1/lots"
DRAWN: Final = ["redraw", "let_go", "record_findings"]
TO_SIGN: Final = ["redraw", "countersign", "send_back"]
REQUESTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "redraw": ("redraw", {"grounds": "left"}),
    "let_go": ("withdrawal", {"grounds": "the buyer left"}),
    "record_findings": ("findings", PASSED),
    "countersign": ("countersignature", {"agree": True}),
    "send_back": ("countersignature", {"agree": False, "remark": "not so"}),
}
"""Every act of a person on an order, as it is asked for."""


@pytest.fixture
async def place(asleep: Asleep) -> Asleep:
    """A port of its own with three officers who look."""
    return asleep.at(await open_port(asleep.harbour.window, officers=3))


async def acts(who: Party, order_id: str) -> list[str]:
    """Which acts on an order its reader is told of."""
    return list((await who.get(f"{ORDERS}/{order_id}"))["acts"])


async def refused(who: Party, order_id: str, *but: str) -> set[str]:
    """Why whatever an order does not offer somebody is refused him; ``but`` is what it offers."""
    assert await acts(who, order_id) == list(but)
    found: set[str] = set()
    for act in set(REQUESTS) - set(but):
        path, body = REQUESTS[act]
        answer = await who.try_post(f"{ORDERS}/{order_id}/{path}", body)
        assert answer.status_code in (403, 409), answer.text
        found |= set(codes(answer))
    return found - {"STATE_CONFLICT"}


async def two(place: Asleep, order_id: str) -> tuple[Party, Party]:
    """The officers drawn for an order."""
    one, other = (await place.harbour.order(order_id))["officers"]
    return place.harbour.officer(one), place.harbour.officer(other)


@pytest.mark.parametrize("found", [False, True], ids=["to be looked at", "to be signed"])
async def test_who_is_away_is_offered_nothing_and_as_before_when_he_is_back(
    place: Asleep, found: bool
) -> None:
    by, _ = await keeper(place)
    _, order_id = await place.inspected()
    one, other = (await place.harbour.order(order_id))["officers"]
    him, colleague = (place.harbour.officer(officer) for officer in (one, other))
    if found:
        await colleague.post(f"{ORDERS}/{order_id}/findings", PASSED)
    offered = TO_SIGN if found else DRAWN
    assert await acts(him, order_id) == offered
    assert (await said_away(place, by, one)).status_code == 201
    assert await refused(him, order_id) == {"OFFICER_NOT_ON_FILE"}
    assert await acts(colleague, order_id) == (["redraw"] if found else DRAWN)
    back = await said_away(place, by, one, duty="ON_DUTY", until_on=None)
    assert back.status_code == 201
    assert await acts(him, order_id) == offered
    path, body = REQUESTS[offered[-1]]
    await him.post(f"{ORDERS}/{order_id}/{path}", body)


async def test_who_left_the_service_is_offered_nothing(place: Asleep) -> None:
    _, order_id = await place.inspected()
    one, _ = (await place.harbour.order(order_id))["officers"]
    await place.harbour.dismiss(one)
    assert await refused(place.harbour.officer(one), order_id) == {"OFFICER_NOT_ON_FILE"}


@pytest.mark.parametrize("why", ["skill", "interest"])
async def test_who_may_no_longer_decide_is_offered_another_draw_alone(
    place: Asleep, why: str
) -> None:
    lot_id, order_id = await place.inspected()
    one, _ = (await place.harbour.order(order_id))["officers"]
    if why == "skill":
        await officer_knows(place.sql, one, "document")
    else:
        await place.sql.execute(
            "INSERT INTO conflicts (officer_id, party, declared_on) VALUES ($1, $2, current_date)",
            uuid_of(one, "ofc"),
            f"group:{(await place.harbour.lot(lot_id))['group_code']}",
        )
    him = place.harbour.officer(one)
    assert await refused(him, order_id, "redraw") == {"OFFICER_NOT_ELIGIBLE"}
    drawn = await him.post(f"{ORDERS}/{order_id}/redraw", {"grounds": "may not decide"})
    assert one not in drawn["officers"]


async def test_who_has_let_a_lot_be_withdrawn_waits_for_the_other_ones_word(
    place: Asleep,
) -> None:
    _, order_id = await place.inspected()
    one, other = await two(place, order_id)
    path, body = REQUESTS["let_go"]
    await one.post(f"{ORDERS}/{order_id}/{path}", body)
    assert await acts(one, order_id) == ["redraw", "record_findings"]
    assert codes(await one.try_post(f"{ORDERS}/{order_id}/{path}", body)) == ["SAME_PERSON"]
    assert await acts(other, order_id) == DRAWN
    await other.post(f"{ORDERS}/{order_id}/{path}", body)
    assert [await acts(who, order_id) for who in (one, other)] == [[], []]


async def test_a_lot_in_which_something_was_found_is_not_offered_to_be_withdrawn(
    place: Asleep,
) -> None:
    """Also by another order of it than the one in which it was found."""
    lot_id, order_id = await place.inspected()
    await place.harbour.dispose(order_id, PASSED)
    await place.attended(lot_id)
    officer = place.harbour.officer(await place.harbour.hire())
    await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal is broken"})
    await place.attended(lot_id)
    again = str((await place.harbour.lot(lot_id))["order_id"])
    assert again != order_id
    await place.attended(again)
    one, _ = await two(place, again)
    assert await acts(one, again) == ["redraw", "record_findings"]
    path, body = REQUESTS["let_go"]
    assert codes(await one.try_post(f"{ORDERS}/{again}/{path}", body)) == ["STATE_CONFLICT"]


async def test_who_is_away_is_not_offered_to_call_a_lot_in(place: Asleep) -> None:
    by, _ = await keeper(place)
    lot_id = await place.released()
    officer = (await place.harbour.on_duty())[0]
    him = place.harbour.officer(officer)

    async def told() -> tuple[list[str], list[str] | None]:
        lot = await him.get(f"{LOTS}/{lot_id}")
        return lot["acts"], lot["call_in_lanes"]

    assert await told() == (["call_in"], ["YELLOW", "RED"])
    assert (await said_away(place, by, officer)).status_code == 201
    assert await told() == ([], None)
    answer = await him.try_post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "broken seal"})
    assert codes(answer) == ["OFFICER_NOT_ON_FILE"]


async def test_what_is_open_of_an_order_is_read_by_two_statements_more(place: Asleep) -> None:
    _, order_id = await place.inspected()
    one, _ = await two(place, order_id)
    with place.harbour.window.assembly.database("inspection").watched() as sent:
        assert await acts(one, order_id) == DRAWN
    assert len(sent) <= 1 + 2, sent
