"""An answer gives back what was sent, and a list finds a lot by what people know of it."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

from services.kernel.identifiers import uuid_of
from tests.support.harbour import Harbour
from tests.support.on_file import seller_filed
from tests.support.plates import own_plate
from tests.support.window import Window, lot_body

LOTS = "/declaration/v1/lots"


async def test_a_lot_is_given_back_as_it_was_sent_to_whoever_may_see_it(harbour: Harbour) -> None:
    group = await harbour.group()
    truck = f"桂P·{random.randrange(10_000, 99_999)}"
    body = lot_body(group, port=harbour.port, vehicle_plate=truck, purpose="OWN_USE")
    body["manifest_no"] = await harbour.manifest("500")
    # The manifest is another truck's.
    body["vehicle_plate"] = "桂P12345"
    receipt = await group.clerk.post(LOTS, body)
    sent = {name: body[name] for name in body if name not in ("tickets", "value", "entered_at")}
    sent |= {"net_kg": "100.000", "gross_kg": "110.000", "direction": "I"}
    officer = harbour.officer(await harbour.hire())
    phone = await harbour.window.phone(group.residents[0])
    for reader in (group.clerk, phone, officer, harbour.gate, harbour.auditor):
        shown = await reader.get(f"{LOTS}/{receipt['lot_id']}")
        his = {name: shown[name] for name in ("acts", "call_in_lanes")}
        assert shown == {**receipt, **his}, "all but what each may do with it"
        assert {name: shown[name] for name in sent} == sent
        assert shown["entered_at"] == "2026-11-18T09:00:00.000+08:00"


async def test_a_list_finds_a_lot_by_truck_group_resident_code_lane_and_day(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2)
    truck = own_plate()
    lot_id = await harbour.released(
        group, values=["10.00"], vehicle_plate=truck, foreign_plate="14C-777.01", hs_code="08013200"
    )
    await harbour.accepted(group, values=["10.00"], residents=[group.residents[1]])
    resident = await harbour.window.resident_id(group.residents[0])
    officer = harbour.officer(await harbour.hire())
    wanted: list[dict[str, Any]] = [
        {"plate": f"{truck[:2].lower()} · {truck[2:]}"},
        {"plate": "14c77701", "group_code": group.code},
        {"resident_id": resident},
        {"hs_code": "0801.32", "group_code": group.code.upper()},
        {"lane": "GREEN", "group_code": group.code, "day": "2026-11-18"},
    ]
    for reader in (group.clerk, officer):
        for query in wanted:
            found = (await reader.get(LOTS, **query))["items"]
            assert [lot["lot_id"] for lot in found] == [lot_id], query
        assert not (await reader.get(LOTS, plate=truck, day="2026-11-17"))["items"]
        assert not (await reader.get(LOTS, plate=truck, lane="RED"))["items"]


async def test_tickets_page_by_cursor_like_every_list(window: Window) -> None:
    group = await window.group(5)
    lot_id = await window.accepted(group, values=["10.00"] * 5, residents=group.residents)
    lines: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await group.clerk.get(f"{LOTS}/{lot_id}/tickets", **query)
        lines += [ticket["line_no"] for ticket in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert lines == [1, 2, 3, 4, 5]


async def test_a_clerk_can_look_up_what_refusals_send_him_to(window: Window) -> None:
    group = await window.group(1)
    registers = [f"/registry/v1/{path}" for path in ("ports", "ports/DONGXING", "sellers")]
    for path in (*registers, "/law/v1/goods-restrictions", "/law/v1/commodities"):
        answer = await group.clerk.get(path)
        assert answer


async def test_a_lot_is_bound_to_the_account_that_its_seller_has_when_it_is_declared(
    harbour: Harbour,
) -> None:
    sql, name = harbour.window.sql, f"Bound {uuid4().hex[:8]}"
    await seller_filed(sql, name, account="0011002233445")
    lot_id = await harbour.accepted(await harbour.group(1), seller=name.upper(), values=["10.00"])
    await sql.execute("UPDATE sellers SET account = '6660006660006' WHERE name = $1", name)
    bound = await sql.fetchrow(
        "SELECT seller_account, seller_account_bic FROM lots WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    assert tuple(bound or ()) == ("0011002233445", "BFTVVNVX")


async def test_of_sellers_of_one_name_the_lot_is_bound_to_the_one_at_the_very_bank_that_it_names(
    harbour: Harbour,
) -> None:
    sql, name, first = harbour.window.sql, f"Two {uuid4().hex[:8]}", uuid4().hex[:8]
    banks = ("BFTVVNVX001", "BFTVVNVX002", "BFTVVNVX")
    for place, bic in enumerate(banks):
        await seller_filed(sql, name, code=f"S-{first}-{place}", bic=bic, account=f"00{place}")
    group = await harbour.group(1)
    found = []
    for bic in banks:
        lot = {"seller": name, "seller_bank_bic": bic, "values": ["10.00"]}
        lot_id = uuid_of(await harbour.accepted(group, **lot), "lot")
        statement = "SELECT seller_account_bic FROM lots WHERE lot_id = $1"
        found.append(await sql.fetchval(statement, lot_id))
    assert found == list(banks)
