"""Whom a control and a credit level reach: whoever has a part in a lot, however it is written."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, uuid_of
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, RED_GOODS, Harbour, open_port
from tests.support.numbers import fresh
from tests.support.on_file import foreign_of, line_filed, officers_as, truck_filed
from tests.support.plates import own_plate
from tests.support.spellings import CODE, NAME, NUMBER, PLATE, unaccented
from tests.support.window import ENTERED_AT, codes

CONTROLS = "/risk/v1/controls"
SELLER = "Công ty Hạt điều Móng Cái"


async def control(place: Asleep, kind: str, value: str, **changes: Any) -> str:
    """A risk officer sets a control; its id."""
    harbour = place.harbour
    officer, _ = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    body = {"kind": kind, "value": value, "grounds": "tip-off", "effective_from": "2020-01-01"}
    return str((await officer.post(CONTROLS, {**body, **changes}))["control_id"])


async def screened(place: Asleep, **changes: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
    """Lane, reasons and by whom of a lot that nothing else speaks against."""
    harbour = place.harbour
    group = changes.pop("group", None) or await harbour.group(1)
    lot_id = await harbour.confirmed(group, **{"values": ["10.00"], **changes})
    await place.attended(lot_id)
    row = await place.sql.fetchrow(
        "SELECT lane, reasons, through FROM v_screenings WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    assert row is not None
    order_id = (await harbour.lot(lot_id))["order_id"]
    if order_id is None:
        return row["lane"], list(row["reasons"]), []
    order = await harbour.order(order_id)
    return order["lane"], order["reasons"], order["through"]


@pytest.mark.parametrize("which", ["vehicle_plate", "foreign_plate"])
@pytest.mark.parametrize("way", PLATE)
async def test_a_truck_under_control_is_found_by_either_plate_however_it_is_written(
    asleep: Asleep, way: str, which: str
) -> None:
    number = own_plate()
    listed = await control(asleep, "vehicle_plate", number)
    lane, reasons, through = await screened(asleep, **{which: PLATE[way](number)})
    part = "plate" if which == "vehicle_plate" else which
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])
    assert through == [{"reason": f"CONTROL_HIT:{listed}", "part": part, "party": None}]


@pytest.mark.parametrize("way", [*NAME, "without accents"])
async def test_a_seller_is_found_by_name_or_code_whichever_the_lot_gives(
    asleep: Asleep, way: str
) -> None:
    name, code = f"{SELLER} {uuid4().hex[:6]}", f"VN-{uuid4().hex[:8]}"
    await seller_filed(asleep.harbour, code, name)
    written = unaccented(name) if way == "without accents" else NAME[way](name)
    listed = await control(asleep, "seller", written)
    for given in (name, code):
        lane, reasons, _ = await screened(asleep, seller=given)
        assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])


@pytest.mark.parametrize("way", NUMBER)
async def test_a_party_is_found_in_whatever_part_it_has(asleep: Asleep, way: str) -> None:
    group = await asleep.harbour.group(3)
    hidden = await asleep.harbour.window.resident_id(group.residents[2])
    shares = {"group": group, "values": ["10.00", "10.00", "10.00"]}
    listed = await control(asleep, "party", f"resident:{hidden}")
    lane, reasons, through = await screened(asleep, **shares)
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])
    assert through == [
        {"reason": f"CONTROL_HIT:{listed}", "part": "resident", "party": f"resident:{hidden}"}
    ]
    other = await asleep.harbour.group(1)
    listed = await control(asleep, "party", f"group:{NUMBER[way](other.code)}")
    lane, reasons, _ = await screened(asleep, group=other)
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])


@pytest.mark.parametrize("kind", ["carrier", "enterprise"])
async def test_a_carrier_is_found_by_the_manifest_that_it_lodged(asleep: Asleep, kind: str) -> None:
    harbour, code, truck = asleep.harbour, f"C{uuid4().hex[:8].upper()}", own_plate()
    number = await lodged(harbour, code, truck)
    listed = await control(asleep, "party", f"{kind}:{code}")
    lane, reasons, through = await screened(asleep, manifest_no=number, vehicle_plate=truck)
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])
    assert (through[0]["part"], through[0]["party"]) == ("carrier", f"{kind}:{code}")


@pytest.mark.parametrize("by", ["own", "foreign"])
@pytest.mark.parametrize("kind", ["carrier", "enterprise"])
async def test_a_carrier_is_found_by_the_truck_that_is_on_file_when_no_manifest_is_lodged(
    asleep: Asleep, kind: str, by: str
) -> None:
    code, truck = f"C{uuid4().hex[:8].upper()}", own_plate()
    await asleep.harbour.truck(truck, carrier=f"carrier:{code}")
    listed = await control(asleep, "party", f"{kind}:{code}")
    plate = truck if by == "own" else foreign_of(truck)
    lane, reasons, through = await screened(asleep, vehicle_plate=plate, foreign_plate=None)
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])
    assert (through[0]["part"], through[0]["party"]) == ("carrier", f"{kind}:{code}")


async def test_a_truck_that_was_handed_on_before_the_lots_day_is_its_carriers_of_before_no_more(
    asleep: Asleep,
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    truck, enters = own_plate(), datetime.fromisoformat(ENTERED_AT)
    former, later = (f"carrier:C{uuid4().hex[:8].upper()}" for _ in range(2))
    for carrier, days in ((former, 9), (later, 5), (later, 0)):
        since = enters - timedelta(days=days)
        await truck_filed(place.sql, truck, place.harbour.port, since, carrier=carrier)
    await control(place, "party", former)
    assert (await screened(place, vehicle_plate=truck))[0] == "GREEN"
    await control(place, "party", later)
    assert (await screened(place, vehicle_plate=truck))[0] == "RED"


async def test_a_seller_called_otherwise_by_now_is_found_by_the_code_that_binds_the_lot(
    asleep: Asleep,
) -> None:
    name, code = f"{SELLER} {uuid4().hex[:6]}", f"VN-{uuid4().hex[:8]}"
    await seller_filed(asleep.harbour, code, name)
    lot_id = await asleep.harbour.confirmed(
        await asleep.harbour.group(1), values=["10.00"], seller=name
    )
    await asleep.sql.execute(
        "UPDATE sellers SET name = $2, name_key = $2 WHERE seller_code = $1", code, uuid4().hex
    )
    listed = await control(asleep, "party", f"seller:{code}")
    await asleep.attended(lot_id)
    order = await asleep.harbour.order((await asleep.harbour.lot(lot_id))["order_id"])
    assert order["reasons"] == [f"CONTROL_HIT:{listed}"]


async def test_an_officer_who_lodged_for_a_truck_of_nobodys_is_no_enterprise(
    asleep: Asleep,
) -> None:
    harbour, truck = asleep.harbour, own_plate()
    officer_id = await harbour.hire()
    await harbour.truck(truck)
    await asleep.sql.execute("UPDATE vehicles SET carrier = NULL WHERE domestic_plate = $1", truck)
    number = f"M-{uuid4().hex[:12]}"
    body = {"manifest_no": number, "port": harbour.port, "vehicle_plate": truck, "total_kg": "900"}
    await harbour.officer(officer_id).post("/declaration/v1/manifests", body)
    await control(asleep, "party", f"enterprise:{officer_id}")
    lane, _, _ = await screened(asleep, manifest_no=number, vehicle_plate=truck)
    assert lane == "GREEN"


@pytest.mark.parametrize("way", CODE)
async def test_goods_are_found_by_a_heading_above_and_a_line_below_however_written(
    asleep: Asleep, way: str
) -> None:
    goods = await line_filed(asleep.sql, f"0806{fresh(4)}")
    for listed_as, kind in ((goods[:4], "hs_prefix"), (CODE[way](goods), "hs_code")):
        listed = await control(asleep, kind, listed_as)
        _, reasons, _ = await screened(asleep, hs_code=goods)
        assert f"CONTROL_HIT:{listed}" in reasons


async def test_a_control_on_something_else_reaches_nothing(asleep: Asleep) -> None:
    for kind, value in (
        ("vehicle_plate", own_plate()),
        ("party", f"group:X-{uuid4().hex[:6]}"),
        ("seller", f"Nobody {uuid4().hex[:6]}"),
        ("hs_prefix", "3199"),
    ):
        await control(asleep, kind, value)
    assert await screened(asleep) == ("GREEN", [], [])


async def test_a_lifted_control_and_one_of_other_days_reach_nothing(asleep: Asleep) -> None:
    harbour, number = asleep.harbour, own_plate()
    lifted = await control(asleep, "vehicle_plate", number)
    _, other = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    await other.post(f"{CONTROLS}/{lifted}/lift")
    tomorrow = business_day_of_now() + timedelta(days=1)
    await control(asleep, "vehicle_plate", number, effective_from=f"{tomorrow}")
    await control(asleep, "vehicle_plate", number, effective_to="2020-01-02")
    assert await screened(asleep, vehicle_plate=number) == ("GREEN", [], [])


async def test_ten_thousand_controls_are_looked_up_and_not_read(asleep: Asleep) -> None:
    """The plan is what does not grow: every fact of a lot is looked up by its key."""
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.confirmed(group, values=["10.00"])
    async with asleep.sql.acquire() as connection:
        many = connection.transaction()
        await many.start()
        await connection.execute(
            "INSERT INTO risk_controls (control_id, kind, value, lane, grounds, effective_from,"
            " set_by, set_at) SELECT gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'hs_code' ELSE"
            " 'vehicle_plate' END, 97000000 + n, 'RED', 'test', '2020-01-01', 'many', now()"
            " FROM generate_series(1, 10000) AS n"
        )
        await connection.execute(
            "INSERT INTO control_reach SELECT CASE kind WHEN 'hs_code' THEN 'goods' ELSE kind END,"
            " reach_key(value), control_id FROM risk_controls WHERE set_by = 'many'"
        )
        await connection.execute("ANALYZE control_reach, risk_controls")
        before = await scans(connection)
        for _ in range(10):
            await connection.fetch(
                "SELECT * FROM lot_reached($1, ARRAY[current_date])", uuid_of(lot_id, "lot")
            )
        assert await scans(connection) == before
        await many.rollback()


async def scans(connection: Any) -> int:
    """How often all controls have been read in this transaction, from the first to the last."""
    read = await connection.fetchval(
        "SELECT pg_stat_get_xact_numscans('control_reach'::regclass)"
        " + pg_stat_get_xact_numscans('risk_controls'::regclass)"
    )
    return int(read)


async def test_the_strictest_level_of_whoever_has_a_part_gives_the_rate_and_says_whose(
    asleep: Asleep,
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    group, truck, code = await place.harbour.group(2), own_plate(), f"C{uuid4().hex[:8].upper()}"
    number = await lodged(place.harbour, code, truck)
    resident = await place.harbour.window.resident_id(group.residents[1])
    await levelled(place, f"enterprise:{code}", "ADVANCED")
    lot = {"group": group, "values": ["10.00", "10.00"], "manifest_no": number}
    advanced = await level_of(place, **lot, vehicle_plate=truck)
    assert advanced == ("ADVANCED", ["CREDIT_LEVEL:ADVANCED carrier"])
    await levelled(place, f"resident:{resident}", "SERIOUSLY_DISHONEST")
    strict = await level_of(place, **lot, vehicle_plate=truck)
    assert strict == ("SERIOUSLY_DISHONEST", ["CREDIT_LEVEL:SERIOUSLY_DISHONEST resident"])


async def test_a_truck_on_file_brings_its_carriers_dishonesty_and_none_of_his_good_name(
    asleep: Asleep,
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    for level, counts in (
        ("ADVANCED", ("ORDINARY", [])),
        ("DISHONEST", ("DISHONEST", ["CREDIT_LEVEL:DISHONEST carrier"])),
    ):
        truck, code = own_plate(), f"C{uuid4().hex[:8].upper()}"
        await place.harbour.truck(truck, carrier=f"carrier:{code}")
        await levelled(place, f"enterprise:{code}", level)
        lot = {"group": await place.harbour.group(1), "values": ["10.00"]}
        assert await level_of(place, **lot, vehicle_plate=truck) == counts


async def test_a_control_set_after_release_stops_the_truck_at_the_gate(asleep: Asleep) -> None:
    harbour, number = asleep.harbour, own_plate()
    lot_id = await asleep.released(vehicle_plate=number)
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": number, "gross_kg": "110"}
    listed = await control(asleep, "vehicle_plate", number)
    refused = await harbour.gate.try_post(path, truck)
    assert (refused.status_code, codes(refused)) == (409, ["KEPT_BY_CUSTOMS"])
    assert refused.json()["errors"][0]["rule"] == "BRT-GATE-CONTROL"
    assert (await harbour.lot(lot_id))["state"] == "RELEASED"
    (seen,) = (await harbour.gate.get("/gate/v1/lots", plate=number))["items"]
    assert (seen["state"], seen["may_leave"], seen["kept_by_customs"]) == ("RELEASED", False, True)
    _, other = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    await other.post(f"{CONTROLS}/{listed}/lift")
    passed = await harbour.gate.try_post(path, truck)
    assert passed.status_code == 201


async def test_a_control_that_an_inspection_has_answered_stops_nothing_a_later_one_does(
    asleep: Asleep,
) -> None:
    harbour, number = asleep.harbour, own_plate()
    await control(asleep, "vehicle_plate", number)
    lot_id, order_id = await asleep.inspected(vehicle_plate=number, hs_code=RED_GOODS)
    await harbour.dispose(order_id, {**PASSED, "method": "FULL"})
    await asleep.attended(lot_id)
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": number, "gross_kg": "110"}
    group = (await harbour.lot(lot_id))["group_code"]
    await control(asleep, "party", f"group:{group}", effective_to=f"{business_day_of_now()}")
    listed = await control(asleep, "party", f"group:{group}")
    assert codes(await harbour.gate.try_post(path, truck)) == ["KEPT_BY_CUSTOMS"]
    _, other = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    await other.post(f"{CONTROLS}/{listed}/lift")
    assert (await harbour.gate.try_post(path, truck)).status_code == 201


def business_day_of_now() -> date:
    return business_day(datetime.now(UTC))


async def test_an_officer_who_lodged_a_manifest_has_no_part_in_its_lots(asleep: Asleep) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    harbour, truck, number = place.harbour, own_plate(), f"M-{uuid4().hex[:12]}"
    await harbour.truck(truck, carrier=None)
    officer_id = await harbour.hire()
    await levelled(place, f"enterprise:{officer_id}", "SERIOUSLY_DISHONEST")
    body = {"manifest_no": number, "port": harbour.port, "vehicle_plate": truck, "total_kg": "900"}
    await harbour.officer(officer_id).post("/declaration/v1/manifests", body)
    lot = {"manifest_no": number, "vehicle_plate": truck, "values": ["10.00"]}
    _, through = await level_of(place, group=await harbour.group(1), **lot)
    assert through == []


async def seller_filed(harbour: Harbour, code: str, name: str) -> None:
    """A seller is filed across the border."""
    row = {
        "seller_code": code,
        "name": name,
        "bank_bic": "BFTVVNVX",
        "account": f"VN{uuid4().hex[:12].upper()}",
        "country": "VN",
    }
    await harbour.window.on_file("sellers", row)


async def lodged(harbour: Harbour, carrier: str, truck: str) -> str:
    """A manifest that a carrier lodged for its truck; the number."""
    number = f"M-{uuid4().hex[:12]}"
    await harbour.truck(truck, carrier=f"carrier:{carrier}")
    party = harbour.window.parties.act_as("carrier", f"carrier:{carrier}")
    body = {
        "manifest_no": number,
        "port": harbour.port,
        "vehicle_plate": truck,
        "total_kg": "900",
    }
    await party.post("/declaration/v1/manifests", body)
    return number


async def levelled(place: Asleep, party: str, level: str) -> None:
    """Customs has given a party a level."""
    await place.sql.execute(
        "INSERT INTO credit_decisions (credit_id, party, level, label, grounds, facts, state,"
        " author, signer, proposed_at, decided_at, effective_from) VALUES ($1, $2, $3, $3, 'AEO',"
        " '{}', 'IN_FORCE', 'a', 'b', now(), now(), '2026-01-01')",
        new_uuid(),
        party,
        level,
    )


async def level_of(place: Asleep, **changes: Any) -> tuple[str, list[str]]:
    """The level that counted for a lot, and through whom, as its event says."""
    harbour = place.harbour
    group = changes.pop("group")
    lot_id = await harbour.confirmed(group, **changes)
    await place.attended(lot_id)
    body = await place.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1 AND type = 'LotScreened'",
        uuid_of(lot_id, "lot"),
    )
    said = json.loads(body)
    return said["credit_level"], said["through"]
