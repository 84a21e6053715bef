"""One truck, seller, person, group and code in ten spellings, wherever it is compared.

A control, a manifest, a gate, a register and a look-up know the thing again, however it is written.
"""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import pytest

from deploy.sandbox.parties import Party
from tests.support.harbour import Harbour
from tests.support.on_file import line_filed, officers_as, seller_filed
from tests.support.plates import other_plate, own_plate
from tests.support.spellings import CODE, COUNTRY, NAME, NUMBER, PLATE, unaccented
from tests.support.window import codes, lot_body, resident_no

LOTS = "/declaration/v1/lots"
SELLER = "Công ty Vịnh Phát Đại"
SMALL = {"values": ["10.00"], "kg_each": "10"}


def named(prefix: str = SELLER) -> str:
    """A seller of its own for each test."""
    return f"{prefix} {uuid4().hex[:6]}a"


async def lane_of(harbour: Harbour, **lot: Any) -> str:
    """Where a confirmed lot is sent."""
    group = await harbour.group()
    lot_id = await harbour.confirmed(group, **SMALL, **lot)
    found = await harbour.until(group.clerk, lot_id, "RELEASED", "IN_INSPECTION")
    return str(found["lane"])


async def control(harbour: Harbour, kind: str, value: str) -> None:
    """Put a fact under control."""
    officer, _ = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    body = {"kind": kind, "value": value, "lane": "RED", "grounds": "spelling"}
    await officer.post("/risk/v1/controls", {**body, "effective_from": "2020-01-01"})


@pytest.mark.parametrize("way", PLATE)
async def test_a_manifest_is_its_trucks_however_the_lot_writes_the_plate(
    harbour: Harbour, way: str
) -> None:
    truck, number = own_plate(), f"M-{uuid4().hex[:8]}"
    await harbour.truck(truck)
    lodged = {"manifest_no": number, "port": harbour.port, "vehicle_plate": truck}
    await harbour.carrier.post("/declaration/v1/manifests", {**lodged, "total_kg": "100"})
    group = await harbour.group()
    spelled = {"manifest_no": number, "vehicle_plate": PLATE[way](truck), "gross_kg": "20"}
    await harbour.accepted(group, **SMALL, **spelled)
    assert await harbour.weight_left(number) == "80.000"


@pytest.mark.parametrize("way", NUMBER)
async def test_a_manifest_is_found_and_lodged_once_however_its_number_is_written(
    harbour: Harbour, way: str
) -> None:
    number = f"M-{uuid4().hex[:8]}z"
    await harbour.truck()
    lodged = {"port": harbour.port, "vehicle_plate": "桂P12345", "total_kg": "100"}
    await harbour.carrier.post("/declaration/v1/manifests", {**lodged, "manifest_no": number})
    spelled = NUMBER[way](number)
    again = await harbour.carrier.try_post(
        "/declaration/v1/manifests", {**lodged, "manifest_no": spelled}
    )
    # A mark that is no character of such numbers is a mistake, never another manifest.
    assert codes(again) in (["DUPLICATE_MANIFEST"], ["REQUEST_INVALID"])
    group = await harbour.group()
    await harbour.accepted(group, **SMALL, manifest_no=spelled, gross_kg="20")
    assert await harbour.weight_left(spelled) == "80.000"
    lot_id = await harbour.accepted(group, **SMALL, manifest_no=spelled, gross_kg="30")
    await group.clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "spelling"})
    assert await harbour.weight_left(number) == "80.000"


@pytest.mark.parametrize("way", PLATE)
async def test_the_gate_knows_the_truck_however_its_plate_is_written(
    harbour: Harbour, way: str
) -> None:
    truck = own_plate()
    lot_id = await harbour.released(await harbour.group(), **SMALL, vehicle_plate=truck)
    seen = {"vehicle_plate": PLATE[way](truck), "gross_kg": "20"}
    passed = await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", seen)
    assert passed["state"] == "GATE_OUT"


@pytest.mark.parametrize("way", PLATE)
async def test_a_truck_under_control_is_inspected_however_its_plate_is_written(
    harbour: Harbour, way: str
) -> None:
    truck = own_plate()
    await control(harbour, "vehicle_plate", truck)
    assert await lane_of(harbour, vehicle_plate=PLATE[way](truck)) == "RED"


async def filed(harbour: Harbour, name: str) -> str:
    """A seller on file: of nobody else anything is declared."""
    await seller_filed(harbour.window.sql, name)
    return name


@pytest.mark.parametrize("way", NAME)
async def test_a_seller_under_control_is_inspected_however_its_name_is_written(
    harbour: Harbour, way: str
) -> None:
    seller = await filed(harbour, named())
    await control(harbour, "seller", seller)
    assert await lane_of(harbour, seller=NAME[way](seller)) == "RED"


async def test_a_seller_under_control_is_inspected_though_the_control_has_no_accents(
    harbour: Harbour,
) -> None:
    seller = await filed(harbour, named())
    await control(harbour, "seller", unaccented(seller))
    assert await lane_of(harbour, seller=seller) == "RED"


async def test_a_seller_under_control_is_inspected_by_its_code_too(harbour: Harbour) -> None:
    seller, code = named(), f"VN-{uuid4().hex[:8]}"
    row = {"seller_code": code, "name": seller, "country": "VN", "bank_bic": "BFTVVNVX"}
    await harbour.window.on_file("sellers", {**row, "account": "0011"})
    await control(harbour, "seller", seller)
    assert await lane_of(harbour, seller=code.lower()) == "RED"


@pytest.mark.parametrize("way", CODE)
@pytest.mark.parametrize("kind", ["hs_code", "hs_prefix"])
async def test_goods_under_control_are_inspected_however_their_code_is_written(
    harbour: Harbour, kind: str, way: str
) -> None:
    goods = await line_filed(harbour.window.sql, f"0804{random.randrange(1000, 9999)}")
    await control(harbour, kind, goods)
    assert await lane_of(harbour, hs_code=CODE[way](goods)) == "RED"


async def test_goods_under_control_are_inspected_though_declared_by_a_shorter_code(
    harbour: Harbour,
) -> None:
    """A line is declared by its 8 digits where customs control a part of it, by 10."""
    await line_filed(harbour.window.sql, "08052190")
    await line_filed(harbour.window.sql, "08055000")
    await control(harbour, "hs_code", "0805.2190.10")
    assert await lane_of(harbour, hs_code="08052190") == "RED"
    assert await lane_of(harbour, hs_code="08055000") == "GREEN"


@pytest.mark.parametrize("way", COUNTRY)
async def test_an_origin_under_control_is_inspected_however_it_is_written(
    harbour: Harbour, way: str
) -> None:
    await harbour.window.sql.execute(
        "INSERT INTO port_origins (port, country, effective_from, authority)"
        " VALUES ($1, 'LA', '2020-01-01', 'test') ON CONFLICT DO NOTHING",
        harbour.port,
    )
    await control(harbour, "origin", COUNTRY[way]("LA"))
    assert await lane_of(harbour, origin=COUNTRY[way]("LA")) == "RED"


@pytest.mark.parametrize(
    "way", ["as it is", "capitals", "a zero-width space", "a byte order mark", "full width"]
)
async def test_a_group_under_control_is_inspected_however_it_is_named(
    harbour: Harbour, way: str
) -> None:
    group = await harbour.group()
    await control(harbour, "party", f"Group: {NUMBER[way](group.code)}")
    lot_id = await harbour.confirmed(group, **SMALL)
    assert (await harbour.until(group.clerk, lot_id, "IN_INSPECTION"))["lane"] == "RED"


async def test_a_resident_under_control_is_not_hidden_in_a_lot_of_the_group(
    harbour: Harbour,
) -> None:
    group = await harbour.group(3)
    hidden = await harbour.window.resident_id(group.residents[1])
    await control(harbour, "party", f"resident:{hidden}")
    lot_id = await harbour.confirmed(group, values=["10.00"] * 3, kg_each="10")
    assert (await harbour.until(group.clerk, lot_id, "IN_INSPECTION"))["lane"] == "RED"
    other = await harbour.confirmed(group, residents=[group.residents[0]], values=["10.00"])
    assert (await harbour.until(group.clerk, other, "RELEASED"))["lane"] == "GREEN"


@pytest.mark.parametrize("way", NAME)
async def test_a_seller_is_filed_once_however_its_name_is_written(
    harbour: Harbour, way: str
) -> None:
    seller, registrar = named(), harbour.window.registrar
    row = {"country": "VN", "bank_bic": "BFTVVNVX", "account": "0011"}
    first = {**row, "seller_code": f"S-{uuid4().hex[:8]}", "name": seller}
    await harbour.window.on_file("sellers", first)
    other = {**row, "seller_code": f"S-{uuid4().hex[:8]}", "name": NAME[way](seller)}
    for bank in ("BFTVVNVX", "bftvvnvxxxx"):
        again = await registrar.try_post(
            "/registry/v1/sellers", {"rows": [{**other, "bank_bic": bank}]}
        )
        assert codes(again) == ["DUPLICATE_ROW"]


async def test_a_register_knows_its_codes_again_and_keeps_their_first_spelling(
    harbour: Harbour,
) -> None:
    registrar, code = harbour.window.registrar, f"Vn-{uuid4().hex[:8]}a"
    row = {"country": "VN", "bank_bic": "BFTVVNVX", "account": "0011", "name": named()}
    for spelled in (code, code.lower(), code.replace("-", "_"), code.replace("n", "ｎ")):
        seller = {**row, "seller_code": spelled}
        await harbour.window.on_file("sellers", seller)
        found = await registrar.get(f"/registry/v1/sellers/{code.upper()}")
        assert (found["seller_code"], found["name"]) == (code, seller["name"])
    group = await harbour.group()
    again = {"group_code": group.code.upper(), "name": "改名", "kind": "mutual_aid"}
    await harbour.window.changed("group", {**again, "port": harbour.port})
    found = await registrar.get(f"/registry/v1/groups/{group.code.upper()}")
    assert (found["group_code"], found["name"], found["members"]) == (group.code, "改名", 1)


@pytest.mark.parametrize(
    ("path", "spellings"),
    [
        ("/registry/v1/ports/{}", ["DONGXING", "dongxing", "Ｄｏｎｇxing", "dong\u200bxing"]),
        (
            "/law/v1/commodities/{}",
            ["08013100", "0801.31.00", "0801 3100", "０801３１００"],
        ),
        ("/registry/v1/banks/{}", ["ABOCCNBJ", "aboccnbj", "ABOCCNBJXXX", "ABOC CN BJ"]),
    ],
    ids=["port", "commodity", "bank"],
)
async def test_a_code_is_looked_up_in_any_spelling(
    harbour: Harbour, path: str, spellings: list[str]
) -> None:
    registrar = harbour.window.registrar
    bank = {"bic": "ABOCCNBJ", "name": "农业银行", "currencies": ["CNY"]}
    key = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
    await harbour.window.on_file("banks", {**bank, "public_key": key})
    found = [await registrar.get(path.format(spelled)) for spelled in spellings]
    assert found == [found[0]] * len(found)


@pytest.mark.parametrize("way", PLATE)
async def test_a_vehicle_is_one_however_its_plate_is_written(harbour: Harbour, way: str) -> None:
    truck, registrar = own_plate(), harbour.window.registrar
    row = {
        "domestic_plate": truck,
        "foreign_plate": other_plate(),
        "port": harbour.port,
        "declared_at": "2026-11-18T08:00:00+08:00",
        "rated_load_kg": "20000",
        "tare_kg": "9000",
    }
    spelled = {**row, "domestic_plate": PLATE[way](truck), "tare_kg": "9100"}
    twice = await registrar.try_post("/gate/v1/vehicles", {"rows": [row, spelled]})
    assert codes(twice) == ["DUPLICATE_ROW"]
    await registrar.post("/gate/v1/vehicles", {"rows": [row]})
    await registrar.post("/gate/v1/vehicles", {"rows": [spelled]})
    assert (await registrar.get(f"/gate/v1/vehicles/{truck}"))["tare_kg"] == "9100.000"


async def test_a_person_is_one_however_the_number_is_written(harbour: Harbour) -> None:
    window = harbour.window
    number = next(n for n in map(resident_no, range(900_000, 901_000)) if n.endswith("X"))
    written = [number, number.lower(), f"'{number}", f"{number[:6]} {number[6:14]} {number[14:]}"]
    written += [f"\ufeff{number}", number.translate({c: c + 0xFEE0 for c in range(0x30, 0x5B)})]
    await window.file_residents([written[3]], filed_on="2026-01-05")
    found = await window.registrar.post("/registry/v1/residents/lookup", {"resident_nos": written})
    assert len({item["resident_id"] for item in found["items"]}) == 1
    group = await harbour.group()
    joined = {"group_code": group.code.upper(), "joined_on": "2026-01-05"}
    await window.registrar.post(
        "/registry/v1/memberships", {"rows": [{**joined, "resident_no": written[1]}]}
    )
    for spelled in written:
        lot = lot_body(group, port=harbour.port, residents=[spelled], values=["10.00"])
        await group.clerk.post(LOTS, lot)
    twice = {**joined, "joined_on": "2026-02-05"}
    rows = [{**twice, "resident_no": written[0]}, {**twice, "resident_no": written[2]}]
    again = await window.registrar.try_post("/registry/v1/memberships", {"rows": rows})
    assert "DUPLICATE_ROW" in codes(again)


async def test_a_clerk_writes_the_own_group_in_any_spelling(harbour: Harbour) -> None:
    group = await harbour.group()
    lot = await group.clerk.post(
        LOTS,
        lot_body(
            group,
            port=harbour.port,
            residents=group.residents,
            **{"group_code": group.code.upper()},
        ),
    )
    assert lot["group_code"] == group.code


async def test_a_reference_is_used_once_in_any_spelling_and_found_by_any(harbour: Harbour) -> None:
    group, reference = await harbour.group(), f"Inv-{uuid4().hex[:8]}/1-12"
    lot_id = await harbour.accepted(group, **SMALL, reference=reference)
    clerk: Party = group.clerk
    for spelled in (reference.upper(), reference.replace("-", "_"), f"\u200b{reference}"):
        again = await harbour.window.lot(group, port=harbour.port, **SMALL, reference=spelled)
        (error,) = again.json()["errors"]
        assert (error["code"], error["facts"]) == ("DUPLICATE_REFERENCE", {"lot_id": lot_id})
        (found,) = (await clerk.get(LOTS, reference=spelled))["items"]
        assert (found["lot_id"], found["reference"]) == (lot_id, reference)
    await harbour.accepted(group, **SMALL, reference=reference.replace("1-12", "11-2"))
    await clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "spelling"})
    await harbour.accepted(group, **SMALL, reference=reference.lower())
