"""Somebody always holds an order: who is missing is seen and replaced, and no finding is lost."""

from typing import Any
from uuid import UUID

from services.inspection.domain.rules.bays import least_occupied
from tests.support.inspection import CLEAN, Office
from tests.support.on_file import officer_knows
from tests.support.window import codes

ORDERS = "/inspection/v1/orders"
GONE = {"grounds": "left the service"}


async def order_of(office: Office, port: str) -> tuple[str, dict[str, Any]]:
    order_id = await office.inspected(port)
    return f"{ORDERS}/{order_id}", await office.order(order_id, state="ASSIGNED")


async def test_an_order_whose_officers_are_both_away_is_listed_and_drawn_on_demand(
    office: Office,
) -> None:
    port = await office.port(officers=4)
    path, order = await order_of(office, port)
    clerk = await office.clerk(port)
    assert (await clerk.get(ORDERS, absent=True))["items"] == []
    for officer in order["officers"]:
        await office.dismiss(officer)
    (listed,) = (await clerk.get(ORDERS, absent=True))["items"]
    away = sorted(listed["absent"])
    assert (listed["order_id"], away) == (order["order_id"], sorted(order["officers"]))
    redrawn = await clerk.post(f"{path}/redraw", GONE)
    assert (redrawn["state"], redrawn["absent"]) == ("ASSIGNED", [])
    assert not set(redrawn["officers"]) & set(order["officers"])
    assert redrawn["bay"] == order["bay"]


async def test_a_redraw_voids_no_finding_of_an_officer_who_is_here(office: Office) -> None:
    port = await office.port()
    path, order = await order_of(office, port)
    author, gone = order["officers"]
    await office.officer(author, port).post(f"{path}/findings", CLEAN)
    await office.dismiss(gone)
    redrawn = await office.officer(author, port).post(f"{path}/redraw", GONE)
    assert (redrawn["state"], redrawn["officers"][0]) == ("AWAITING_SIGNATURE", author)
    assert redrawn["findings"]["author"] == author
    signer = office.officer(redrawn["officers"][1], port)
    concluded = await signer.post(f"{path}/countersignature", {"agree": True})
    assert concluded["state"] == "CONCLUDED"


async def test_findings_wait_for_a_signer_while_there_is_none_to_draw(office: Office) -> None:
    port = await office.port(officers=2)
    path, order = await order_of(office, port)
    author, gone = order["officers"]
    await office.officer(author, port).post(f"{path}/findings", CLEAN)
    await office.dismiss(gone)
    short = await office.officer(author, port).post(f"{path}/redraw", GONE)
    assert (short["state"], short["officers"]) == ("UNSTAFFED", [author])
    hired = await office.hire(port)
    # Its case, told of the first, may have been quicker.
    await office.officer(author, port).try_post(f"{path}/redraw", {"grounds": "one has come"})
    drawn = await office.order(order["order_id"], state="AWAITING_SIGNATURE")
    assert drawn["officers"] == [author, hired]
    signed = await office.officer(hired, port).post(f"{path}/countersignature", {"agree": True})
    assert signed["disposal"] == "RELEASE"


async def test_an_order_short_of_officers_is_drawn_on_demand(office: Office) -> None:
    port = await office.port(officers=1)
    order_id = await office.inspected(port)
    await office.order(order_id, state="UNSTAFFED")
    await office.hire(port)
    drawn = await (await office.clerk(port)).post(
        f"{ORDERS}/{order_id}/redraw", {"grounds": "a second officer has come"}
    )
    assert (drawn["state"], len(drawn["officers"])) == ("ASSIGNED", 2)


async def test_a_draw_says_who_could_be_drawn_and_why_the_others_could_not(
    office: Office,
) -> None:
    port = await office.port(officers=2)
    ill, kin, clerk = await office.hire(port), await office.hire(port), await office.hire(port, ())
    await office.dismiss(ill)
    await office.conflict(kin, "group:DX-G001")
    _, order = await order_of(office, port)
    body = await office.auditor.get(f"/window/v1/cases/{order['order_id']}/timeline")
    (staffed,) = (e["body"] for e in body["items"] if e["type"] == "InspectionStaffed")
    assert sorted(staffed["eligible"]) == sorted(order["officers"])
    reasons = {officer: staffed["others"][officer] for officer in (ill, kin, clerk)}
    assert reasons == {ill: "ABSENT", kin: "CONFLICT", clerk: "SKILL"}


async def test_a_drawn_officer_who_lost_the_skill_or_gained_an_interest_decides_nothing(
    office: Office,
) -> None:
    port = await office.port()
    path, order = await order_of(office, port)
    one, other = order["officers"]
    await officer_knows(office.sql, one, "document")
    unskilled = await office.officer(one, port).try_post(f"{path}/findings", CLEAN)
    await officer_knows(office.sql, one, "document", "inspection")
    await office.officer(one, port).post(f"{path}/findings", CLEAN)
    await office.conflict(other, "group:DX-G001")
    kin = await office.officer(other, port).try_post(f"{path}/countersignature", {"agree": True})
    assert codes(unskilled) == codes(kin) == ["OFFICER_NOT_ELIGIBLE"]


async def test_nobody_with_an_interest_lets_a_selected_lot_go(office: Office) -> None:
    port = await office.port()
    path, order = await order_of(office, port)
    kin = order["officers"][0]
    await office.conflict(kin, "group:DX-G001")
    refused = await office.officer(kin, port).try_post(f"{path}/withdrawal", {"grounds": "friend"})
    assert codes(refused) == ["OFFICER_NOT_ELIGIBLE"]


async def test_orders_are_found_by_bay_and_by_the_reason_they_were_chosen_for(
    office: Office,
) -> None:
    port = await office.port()
    orders = [(await order_of(office, port))[1] for _ in range(2)]
    clerk = await office.clerk(port)
    for order in orders:
        found = (await clerk.get(ORDERS, bay=order["bay"], reason=order["reasons"][0]))["items"]
        assert order["order_id"] in {one["order_id"] for one in found}
        assert {one["bay"] for one in found} == {order["bay"]}
    assert (await clerk.get(ORDERS, bay="nowhere"))["items"] == []
    assert (await clerk.get(ORDERS, reason="NO_SUCH_RULE"))["items"] == []


async def test_bays_are_drawn_among_those_where_the_fewest_goods_wait(office: Office) -> None:
    assert least_occupied(("A", "B", "C"), ("A", "B", "B")) == ("C",)
    assert least_occupied(("A", "B"), ("A", "B", "B", "Z")) == ("A",)
    assert least_occupied((), ("A",)) == ()
    port = await office.port()
    bays = set()
    for _ in range(2):
        _, order = await order_of(office, port)
        bays.add(order["bay"])
    assert len(bays) == 2


async def test_risk_officers_read_the_orders_that_their_rules_led_to(office: Office) -> None:
    port = await office.port()
    path, order = await order_of(office, port)
    await office.officer(order["officers"][0], port).post(f"{path}/findings", CLEAN)
    read = await office.risk_officer(1).get(path)
    assert read["findings"]["results"] == ["NO_DIFFERENCE"]


async def test_the_draws_of_one_alone_verify_like_any_other(office: Office) -> None:
    port = await office.port()
    path, order = await order_of(office, port)
    stays, gone = order["officers"]
    await office.dismiss(gone)
    await office.officer(stays, port).post(f"{path}/redraw", GONE)
    kept = await office.sql.fetch(
        "SELECT purpose, cardinality(drawn) AS count, eligible FROM case_draws"
        " WHERE case_id = $1 AND draw_no = 2",
        f"ins_{UUID(hex=order['order_id'][4:]).hex}",
    )
    assert [(row["purpose"], row["count"]) for row in kept] == [("officers", 1)]
    assert stays not in kept[0]["eligible"]
