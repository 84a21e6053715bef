"""Selected is selected: it is not shaken off by withdrawing the lot and declaring it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.identifiers import new_uuid, uuid_of
from services.kernel.lanes import Lane
from services.risk.domain.model import Selected
from services.risk.domain.rules.screening import is_inherited
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, RED_GOODS, SMUGGLED, YELLOW_GOODS, open_port
from tests.support.on_file import line_filed, officers_as, seller_filed
from tests.support.plates import other_plate, own_plate
from tests.support.window import SELLER, codes

LOTS = "/declaration/v1/lots"
ENDED = datetime(2026, 5, 8, tzinfo=UTC)


def test_a_selection_is_inherited_until_its_days_are_over_and_not_at_their_end() -> None:
    earlier = Selected("lot_1", Lane.RED, ENDED)
    last = ENDED + timedelta(days=7)
    assert is_inherited(earlier, at=last - timedelta(microseconds=1), days=7)
    assert not is_inherited(earlier, at=last, days=7)


def test_one_that_is_still_inspected_is_inherited_however_long_it_takes() -> None:
    assert is_inherited(Selected("lot_1", Lane.RED, None), at=ENDED, days=7)


def test_where_the_law_says_no_number_of_days_everything_is_inherited_and_at_nought_nothing() -> (
    None
):
    earlier = Selected("lot_1", Lane.RED, ENDED)
    assert is_inherited(earlier, at=ENDED + timedelta(days=4000), days=None)
    assert not is_inherited(earlier, at=ENDED, days=0)
    assert not is_inherited(replace(earlier, ended_at=None), at=ENDED, days=0)


def truck() -> dict[str, str]:
    """Both plates of a truck that nobody has seen."""
    return {"vehicle_plate": own_plate(), "foreign_plate": other_plate()}


async def unknown(place: Asleep) -> dict[str, str]:
    """A truck that nobody has seen, and a seller of whom nothing was ever selected."""
    seller = f"Unknown {uuid4().hex}"
    await seller_filed(place.sql, seller)
    return {**truck(), "seller": seller}


@pytest.fixture
async def strict(asleep: Asleep) -> Asleep:
    """A port of its own at which a selection is inherited for a week."""
    port = await open_port(asleep.harbour.window, inherited_days="7")
    return asleep.at(port)


async def selected(place: Asleep, **changes: Any) -> tuple[str, str]:
    """A lot that a rule selects, inspected in vain: two officers let it go. Lot and order."""
    lot_id, order_id = await place.inspected(**changes)
    await place.harbour.let_go(order_id)
    await place.attended(lot_id)
    assert (await place.harbour.lot(lot_id))["state"] == "CANCELLED"
    return lot_id, order_id


async def lane_of(place: Asleep, **changes: Any) -> tuple[str, list[str]]:
    """The lane of goods that no rule selects, declared by another group, and why.

    They are of a seller of whom nothing was ever selected, unless it says otherwise.
    """
    group = await place.harbour.group(1)
    seller = (await unknown(place))["seller"]
    changes = {"values": ["10.00"], "seller": seller, **changes}
    lot_id = await place.harbour.confirmed(group, **changes)
    await place.attended(lot_id)
    lot = await place.harbour.lot(lot_id)
    if lot["order_id"] is None:
        return lot["lane"], []
    return lot["lane"], (await place.harbour.order(lot["order_id"]))["reasons"]


async def test_a_party_cannot_withdraw_what_was_selected(strict: Asleep) -> None:
    lot_id, _ = await strict.inspected()
    group = (await strict.harbour.lot(lot_id))["group_code"]
    clerk = strict.harbour.window.parties.act_as("clerk", f"group:{group}")
    refused = await clerk.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "left"})
    assert (refused.status_code, codes(refused)) == (409, ["SELECTED"])
    assert refused.json()["errors"][0]["rule"] == "INS-SELECTED"
    assert (await strict.harbour.lot(lot_id))["state"] == "IN_INSPECTION"


async def test_one_officer_alone_lets_nothing_go_and_twice_neither(strict: Asleep) -> None:
    lot_id, order_id = await strict.inspected()
    one, other = await strict.harbour.officers(order_id)
    path = f"/inspection/v1/orders/{order_id}/withdrawal"
    first = await one.post(path, {"grounds": "the buyer left"})
    assert (first["state"], first["disposal"]) == ("ASSIGNED", None)
    again = await one.try_post(path, {"grounds": "the buyer left"})
    assert codes(again) == ["SAME_PERSON"]
    stranger = strict.harbour.officer(await strict.harbour.hire())
    assert codes(await stranger.try_post(path, {"grounds": "left"})) == ["NOT_DRAWN"]
    await strict.attended(lot_id)
    assert (await strict.harbour.lot(lot_id))["state"] == "IN_INSPECTION"
    second = await other.post(path, {"grounds": "the buyer left"})
    assert (second["state"], second["disposal"]) == ("WITHDRAWN", "WITHDRAWN")


async def test_where_something_was_found_nothing_is_let_go(strict: Asleep) -> None:
    _, order_id = await strict.inspected()
    one, other = await strict.harbour.officers(order_id)
    path = f"/inspection/v1/orders/{order_id}"
    await one.post(f"{path}/findings", PASSED)
    await other.post(f"{path}/countersignature", {"agree": False, "remark": "not so"})
    for officer in (one, other):
        refused = await officer.try_post(f"{path}/withdrawal", {"grounds": "left"})
        assert codes(refused) == ["STATE_CONFLICT"]


async def test_the_same_truck_declared_again_is_selected_again_whoever_declares(
    strict: Asleep,
) -> None:
    same = truck()
    lot_id, _ = await selected(strict, **same)
    lane, reasons = await lane_of(strict, **same)
    assert (lane, reasons) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_the_same_manifest_is_selected_again(strict: Asleep) -> None:
    number = await strict.harbour.manifest("500")
    lot_id, _ = await selected(strict, manifest_no=number)
    lane, reasons = await lane_of(strict, manifest_no=number)
    assert lane == "RED"
    assert f"SELECTED_BEFORE:{lot_id}" in reasons


async def test_the_same_heading_of_the_same_seller_is_selected_again_on_another_truck(
    strict: Asleep,
) -> None:
    lot_id, _ = await selected(strict, **truck())
    same_heading = await line_filed(strict.sql, f"{RED_GOODS[:4]}0099")
    lane, reasons = await lane_of(strict, **truck(), hs_code=same_heading, seller=SELLER)
    assert lane == "RED"
    assert f"SELECTED_BEFORE:{lot_id}" in reasons
    assert (await lane_of(strict, **truck()))[0] == "GREEN"


async def test_a_seller_named_by_code_is_the_one_that_was_named_by_name(strict: Asleep) -> None:
    name, code = f"Of two names {uuid4().hex[:6]}", f"S-{uuid4().hex[:8].upper()}"
    await seller_filed(strict.sql, name, code=code)
    lot_id, _ = await selected(strict, **truck(), seller=name)
    same_heading = await line_filed(strict.sql, f"{RED_GOODS[:4]}0098")
    lane, reasons = await lane_of(strict, **truck(), hs_code=same_heading, seller=code)
    assert (lane, reasons) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_a_plate_that_changes_sides_is_the_same_truck(strict: Asleep) -> None:
    one, other = truck(), truck()
    lot_id, _ = await selected(strict, **one)
    swapped = {**other, "foreign_plate": one["vehicle_plate"]}
    assert await lane_of(strict, **swapped) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_while_one_lot_is_inspected_the_rest_of_its_truck_is_too(strict: Asleep) -> None:
    same = truck()
    lot_id, order_id = await strict.inspected(**same)
    assert (await lane_of(strict, **same))[0] == "RED"
    await strict.harbour.dispose(order_id, PASSED)
    await strict.attended(lot_id)


async def test_however_much_of_a_seller_was_selected_since_what_counts_is_inherited(
    strict: Asleep,
) -> None:
    goods = {"seller": (await unknown(strict))["seller"], "hs_code": RED_GOODS}
    earlier, _ = await selected(strict, **truck(), **goods)
    lot = uuid_of(earlier, "lot")
    since = [new_uuid() for _ in range(60)]
    await strict.sql.execute(
        "INSERT INTO selections (key, lot_id, lane, ended_at) SELECT key, since, 'RED', CASE"
        " WHEN n % 3 = 0 THEN 'infinity' WHEN n % 3 = 1 THEN '-infinity' ELSE now() - n * '1 d'::"
        "interval END FROM selections, unnest($2::uuid[]) WITH ORDINALITY AS o (since, n)"
        " WHERE lot_id = $1",
        *(lot, since),
    )
    _, reasons = await lane_of(strict, **truck(), **goods)
    await strict.sql.execute("DELETE FROM selections WHERE lot_id = ANY($1)", since)
    assert f"SELECTED_BEFORE:{earlier}" in reasons


async def test_what_was_inspected_and_released_is_not_held_against_its_truck(
    strict: Asleep,
) -> None:
    same = truck()
    lot_id, order_id = await strict.inspected(**same)
    await strict.harbour.dispose(order_id, PASSED)
    await strict.attended(lot_id)
    assert await lane_of(strict, **same) == ("GREEN", [])


async def test_after_the_days_of_the_policy_nothing_is_inherited(strict: Asleep) -> None:
    same = truck()
    lot_id, _ = await selected(strict, **same)
    await strict.sql.execute(
        "UPDATE lots SET ended_at = ended_at - interval '8 days' WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    assert await lane_of(strict, **same) == ("GREEN", [])


async def test_seized_goods_have_used_up_quota_and_manifest(strict: Asleep) -> None:
    harbour = strict.harbour
    group = await harbour.group(1)
    number = await harbour.manifest("110")
    lot_id = await harbour.confirmed(group, values=["10.00"], hs_code=RED_GOODS, manifest_no=number)
    await strict.attended(lot_id)
    order_id = str((await harbour.lot(lot_id))["order_id"])
    await strict.attended(order_id)
    await harbour.dispose(order_id, SMUGGLED)
    await strict.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "SEIZED"
    quota = await harbour.quota(group.residents[0])
    assert (quota["reserved"], quota["consumed"], quota["left"]) == ("0.00", "10.00", "7990.00")
    assert await harbour.weight_left(number) == "0.000"


async def called_in(place: Asleep, lot_id: str, lane: str = "RED") -> str | None:
    """An officer at the lot's port calls it in; the order, if it has one at once."""
    officer = place.harbour.officer(await place.harbour.hire())
    asked = {"grounds": "the seal is broken", "lane": lane}
    order_id: str | None = (await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", asked))[
        "order_id"
    ]
    return order_id


async def test_a_lot_called_in_before_it_is_screened_is_not_withdrawn_and_its_party_hears_nothing(
    strict: Asleep,
) -> None:
    group = await strict.harbour.group(1)
    lot_id = await strict.harbour.confirmed(group, values=["10.00"])
    await called_in(strict, lot_id)
    refused = await group.clerk.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "left"})
    assert codes(refused) == ["SELECTED"]
    told = (await group.clerk.get(f"/window/v1/cases/{lot_id}/timeline"))["items"]
    assert "LotCalledIn" not in [event["type"] for event in told]
    await strict.attended(lot_id)
    assert (await strict.harbour.lot(lot_id))["lane"] == "RED"


async def test_a_member_who_refuses_a_share_of_a_called_in_lot_does_not_shake_it_off(
    strict: Asleep,
) -> None:
    same, harbour = await unknown(strict), strict.harbour
    group = await harbour.group(1, mandated=False)
    lot_id = await harbour.accepted(group, values=["10.00"], **same)
    await called_in(strict, lot_id)
    resident = await harbour.window.resident_id(group.residents[0])
    member = harbour.window.parties.act_as("resident", f"resident:{resident}")
    await member.post(f"{LOTS}/{lot_id}/refusals")
    assert (await harbour.lot(lot_id))["state"] == "CANCELLED"
    assert await lane_of(strict, **same) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_what_screening_let_pass_and_an_officer_called_in_is_selected_again(
    strict: Asleep,
) -> None:
    same = await unknown(strict)
    lot_id = await strict.released(**same)
    order_id = await called_in(strict, lot_id)
    assert order_id is not None
    await strict.attended(order_id)
    returned = {**PASSED, "method": "FULL", "results": ["NAME"], "disposal": "RETURN"}
    await strict.harbour.dispose(order_id, returned)
    await strict.attended(lot_id)
    assert (await strict.harbour.lot(lot_id))["state"] == "RETURNED"
    assert await lane_of(strict, **same) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_a_lane_that_was_raised_is_remembered_as_it_was_raised(strict: Asleep) -> None:
    same = await unknown(strict)
    lot_id, documents = await strict.inspected(hs_code=YELLOW_GOODS, **same)
    goods = await called_in(strict, lot_id)
    assert goods is not None
    for order_id in (documents, goods):
        await strict.attended(order_id)
        await strict.harbour.let_go(order_id)
    await strict.attended(lot_id)
    assert (await strict.harbour.lot(lot_id))["state"] == "CANCELLED"
    assert await lane_of(strict, **same) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_a_lane_is_not_lowered_by_who_calls_less_closely_before_screening(
    strict: Asleep,
) -> None:
    same, group = await unknown(strict), await strict.harbour.group(1)
    lot_id = await strict.harbour.confirmed(group, values=["10.00"], hs_code=RED_GOODS, **same)
    await called_in(strict, lot_id, "YELLOW")
    await strict.attended(lot_id)
    lot = await strict.harbour.lot(lot_id)
    assert lot["lane"] == "RED"
    await strict.attended(lot["order_id"])
    await strict.harbour.let_go(lot["order_id"])
    await strict.attended(lot_id)
    assert await lane_of(strict, **same) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


@pytest.fixture
async def live(asleep: Asleep) -> Asleep:
    """A port of its own that plays no past day, at which a selection is inherited for a week."""
    port = await open_port(asleep.harbour.window, inherited_days="7", replays=False)
    return asleep.at(port)


async def amended(place: Asleep, amendment: dict[str, str], **changes: str) -> str:
    """A lot that was amended before its members confirmed; its id."""
    group = await place.harbour.group(1)
    entered_at = datetime.now(UTC).isoformat()
    lot_id = await place.harbour.accepted(group, values=["10.00"], entered_at=entered_at, **changes)
    lot = await group.clerk.post(f"{LOTS}/{lot_id}/amendments", amendment)
    read = {"If-Match": f'"{lot["version"]}"'}
    await group.clerk.post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": True}, **read)
    await place.attended(lot_id)
    return lot_id


async def test_a_lot_that_an_officer_has_called_in_is_not_amended(live: Asleep) -> None:
    group = await live.harbour.group(1)
    entered_at = datetime.now(UTC).isoformat()
    lot_id = await live.harbour.accepted(group, values=["10.00"], entered_at=entered_at, **truck())
    await called_in(live, lot_id)
    refused = await group.clerk.try_post(f"{LOTS}/{lot_id}/amendments", truck())
    assert codes(refused) == ["SELECTED"]


@pytest.mark.parametrize("which", ["vehicle_plate", "foreign_plate"])
async def test_a_truck_that_was_selected_is_not_amended_away(live: Asleep, which: str) -> None:
    same, entered_at = truck(), datetime.now(UTC).isoformat()
    earlier, _ = await selected(live, **same, entered_at=entered_at)
    # Its seller's goods are selected with it, and are nobody else's here.
    seller = f"Of one lot alone {uuid4().hex[:6]}"
    await seller_filed(live.sql, seller)
    lot_id = await amended(live, truck(), **{**truck(), which: same[which], "seller": seller})
    lot = await live.harbour.lot(lot_id)
    assert lot["lane"] == "RED"
    order = await live.harbour.order(lot["order_id"])
    assert order["reasons"] == [f"SELECTED_BEFORE:{earlier}"]
    # And what it said before is selected with it from now on.
    await live.attended(lot["order_id"])
    await live.harbour.let_go(lot["order_id"])
    await live.attended(lot_id)
    lane, _ = await lane_of(live, **same, entered_at=entered_at)
    assert lane == "RED"


@pytest.mark.parametrize(
    ("kind", "part"),
    [("vehicle_plate", "plate"), ("seller", "seller")],
)
async def test_a_truck_or_a_seller_under_control_is_not_amended_away(
    live: Asleep, kind: str, part: str
) -> None:
    harbour, name = live.harbour, f"Under control {uuid4().hex[:6]}"
    await seller_filed(live.sql, name)
    value = name if kind == "seller" else truck()["vehicle_plate"]
    officer, _ = await officers_as(harbour.window.parties, live.sql, "risk_officer")
    body = {"kind": kind, "value": value, "grounds": "tip-off", "effective_from": "2020-01-01"}
    control = (await officer.post("/risk/v1/controls", body))["control_id"]
    other = SELLER if kind == "seller" else truck()["vehicle_plate"]
    lot_id = await amended(live, {kind: other}, **{**truck(), kind: value})
    order = await harbour.order((await harbour.lot(lot_id))["order_id"])
    assert (order["lane"], order["reasons"][0]) == ("RED", f"CONTROL_HIT:{control}")
    assert order["through"][0]["part"] == part
