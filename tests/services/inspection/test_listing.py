"""Officers find an order by what they know of it, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.sandbox.parties import Party
from services.kernel.identifiers import new_id
from tests.support.inspection import CLEAN, RED_GOODS, YELLOW_GOODS, Office
from tests.support.on_file import group_filed

ORDERS = "/inspection/v1/orders"
OF_LOTS = datetime(2026, 5, 8, 1, tzinfo=UTC)
"""When the clock of the tests' lots began."""


async def test_an_order_is_found_by_bay_reason_state_and_clock(office: Office) -> None:
    port = await office.port()
    soon, late = (OF_LOTS + timedelta(hours=hours) for hours in (6, 48))
    red = await office.inspected(port, RED_GOODS, release_due_at=soon)
    yellow = await office.inspected(port, YELLOW_GOODS, release_due_at=late)
    bay = (await office.order(red, state="ASSIGNED"))["bay"]
    await office.order(yellow, state="ASSIGNED")
    officer = await office.clerk(port)
    between = (OF_LOTS + timedelta(hours=24)).isoformat()
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({"reason": "TEST_RED"}, [red]),
        ({"reason": "TEST_YELLOW"}, [yellow]),
        ({"due_before": between}, [red]),
        ({"due_from": between}, [yellow]),
        ({"state": "ASSIGNED"}, [red, yellow]),
        ({"state": "CONCLUDED"}, []),
        ({"reason": "TEST_RED", "due_from": between}, []),
        ({"bay": bay}, [red]),
        ({"bay": "nowhere"}, []),
    ]
    for query, orders in wanted:
        found = (await officer.get(ORDERS, **query))["items"]
        assert [order["order_id"] for order in found] == orders, query


async def test_the_queue_is_read_page_by_page_and_goes_on_where_it_was(office: Office) -> None:
    port = await office.port()
    orders = [
        await office.inspected(port, release_due_at=OF_LOTS + timedelta(hours=hours))
        for hours in (48, 6, 72)
    ]
    officer = await office.clerk(port)
    read: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    for _ in orders:
        page = await officer.get(ORDERS, **query)
        read += [order["order_id"] for order in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert query["cursor"] is None
    assert read == [orders[1], orders[0], orders[2]]


async def test_an_order_says_which_acts_are_open_to_its_reader(office: Office) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    order = await office.order(order_id, state="ASSIGNED")
    one, other = await office.colleagues(order)
    path = f"{ORDERS}/{order_id}"
    away, drawn = ["redraw"], ["redraw", "let_go", "record_findings"]

    async def acts(reader: Party) -> list[str]:
        return list((await reader.get(path))["acts"])

    aside, auditor = await office.clerk(port), office.auditor
    assert [await acts(who) for who in (one, other, aside, auditor)] == [drawn, drawn, away, []]
    await one.sign(path, "findings", CLEAN)
    to_sign = ["redraw", "countersign", "send_back"]
    assert [await acts(who) for who in (one, other, aside)] == [away, to_sign, away]
    await other.sign(path, "countersignature", {"agree": False, "remark": "not so"})
    again = ["redraw", "record_findings"]
    assert [await acts(who) for who in (one, other, aside)] == [again, again, away]
    (listed,) = (await aside.get(ORDERS))["items"]
    assert listed["acts"] is None


async def test_an_order_says_what_every_round_found_and_why_it_was_sent_back(
    office: Office,
) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    order = await office.order(order_id, state="ASSIGNED")
    assert order["rounds"] == []
    one, other = await office.colleagues(order)
    path = f"{ORDERS}/{order_id}"
    counted = {"hs_code": order["hs_code"], "goods_name": "counted", "pieces": 1}
    await one.sign(path, "findings", {**CLEAN, "remark": "one box is wet"})
    await other.sign(path, "countersignature", {"agree": False, "remark": "weigh it again"})
    await one.sign(
        path, "findings", {**CLEAN, "items": [{**counted, "pieces": order["declared_pieces"]}]}
    )
    stands = await other.get(path)
    first, second = stands["rounds"]
    assert (first["round"], first["author"], first["remark"]) == (
        1,
        stands["findings"]["author"],
        "one box is wet",
    )
    assert (first["agreed"], first["signer_remark"]) == (False, "weigh it again")
    assert first["signer"] != first["author"]
    assert first["recorded_at"] < first["signed_at"] < second["recorded_at"]
    assert second == {"round": 2, **stands["findings"]}
    assert second["items"][0]["pieces"] == order["declared_pieces"]
    (listed,) = (await other.get(ORDERS))["items"]
    assert listed["rounds"] is None


async def test_an_order_says_by_what_name_the_register_knows_who_declared(office: Office) -> None:
    port = await office.port()
    group, resident = await group_filed(office.sql, port), f"resident:{new_id('res')}"
    declared = (
        {"submitted_by": f"group:{group}", "group_code": group},
        {"submitted_by": resident, "group_code": None},
        {"submitted_by": resident, "group_code": group},
        {"submitted_by": "group:NOT-ON-FILE", "group_code": "NOT-ON-FILE"},
    )
    orders = [await office.inspected(port, **lot) for lot in declared]
    officer, risk = await office.clerk(port), office.risk_officer(1, port)
    for reader in (officer, risk, office.auditor):
        told = [(await reader.get(f"{ORDERS}/{order}"))["lot"] for order in orders]
        called = [(lot["declarant"], lot["declarant_name"]) for lot in told]
        assert called == [
            (f"group:{group}", "边民互助组"),
            (resident, None),
            (resident, None),
            ("group:NOT-ON-FILE", None),
        ]
    listed = {one["order_id"]: one["lot"] for one in (await officer.get(ORDERS))["items"]}
    assert [listed[order]["declarant_name"] for order in orders] == [
        *("边民互助组", None, None, None)
    ]
