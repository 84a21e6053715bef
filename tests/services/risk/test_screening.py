"""Screening of lots against the running service: cheap, once, verifiable, fail-closed."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.kernel.identifiers import new_id
from services.kernel.lanes import Lane
from services.kernel.messages import Case
from services.kernel.rules.draw import Purpose, differences
from services.risk.queries import draws_to_verify
from tests.support.inspection import CLEAN, DAY, GREEN_GOODS, RED_GOODS, YELLOW_GOODS, Office
from tests.support.on_file import enterprise_filed
from tests.support.plates import own_plate
from tests.support.window import codes


async def test_a_lot_that_nothing_speaks_against_is_green_and_says_so_on_its_chain(
    office: Office,
) -> None:
    lot_id = await office.lot(await office.port(), GREEN_GOODS)
    result = await office.screened(lot_id)
    assert (result.lane, result.reasons, result.order_id) == (Lane.GREEN, (), None)
    assert await office.events(lot_id) == ["IdentityConfirmed", "LotScreened"]


async def test_a_rule_gives_its_lane_and_the_order_to_open(office: Office) -> None:
    port = await office.port()
    red = await office.screened(await office.lot(port, RED_GOODS))
    yellow = await office.screened(await office.lot(port, YELLOW_GOODS, perishable=True))
    assert (red.lane, red.reasons) == (Lane.RED, ("TEST_RED",))
    assert (yellow.lane, yellow.reasons) == (Lane.YELLOW, ("TEST_YELLOW",))
    assert yellow.perishable
    assert str(red.order_id).startswith("ins_")


async def test_a_lot_is_judged_once_however_often_it_is_asked(office: Office) -> None:
    lot_id = await office.lot(await office.port(), RED_GOODS)
    first = await office.screened(lot_id)
    assert await office.screened(lot_id) == first
    assert await office.events(lot_id) == ["IdentityConfirmed", "LotScreened"]


async def test_an_unknown_lot_and_one_that_is_not_confirmed_are_left_as_they_are(
    office: Office,
) -> None:
    await office.screening.screen_lot(Case(case_id="lot_" + "0" * 32))
    lot_id = await office.lot(await office.port(), RED_GOODS, state="SUBMITTED")
    await office.screening.screen_lot(Case(case_id=lot_id))
    assert await office.events(lot_id) == ["IdentityConfirmed"]


async def test_an_order_is_there_with_its_screening_and_decided_by_those_whom_its_case_draws(
    office: Office,
) -> None:
    port = await office.port()
    screened = await office.screened(await office.lot(port, RED_GOODS))
    order = await office.auditor.get(f"/inspection/v1/orders/{screened.order_id}")
    assert (order["lot_id"], order["method_ordered"]) == (screened.lot_id, "SAMPLE")
    order = await office.order(str(screened.order_id), state="ASSIGNED")
    one, other = await office.colleagues(order)
    path = f"/inspection/v1/orders/{screened.order_id}"
    assert (await one.post(f"{path}/findings", dict(CLEAN)))["state"] == "AWAITING_SIGNATURE"
    signed = await other.post(f"{path}/countersignature", {"agree": True})
    assert (signed["state"], signed["disposal"]) == ("CONCLUDED", "RELEASE")


async def test_the_first_lots_of_a_day_in_parallel_draw_under_one_committed_seed(
    office: Office,
) -> None:
    port = await office.port(rate="1")
    lots = [await office.lot(port) for _ in range(12)]
    results = await asyncio.gather(*(office.screened(lot) for lot in lots))
    assert {r.reasons for r in results} == {("RANDOM",)}
    seeds = await office.sql.fetch(
        "SELECT seed_id, committed_at, round FROM draw_seeds WHERE port = $1", port
    )
    assert len(seeds) == 1
    first = await office.sql.fetchval(
        "SELECT min(screened_at) FROM screenings WHERE port = $1", port
    )
    assert seeds[0]["committed_at"] <= first
    seed = UUID(str(seeds[0]["seed_id"]))
    assert await office.events(f"sed_{seed.hex}") == ["DrawSeedCommitted"]


async def reveal(office: Office, port: str) -> dict[str, str]:
    risk = office.risk_officer(1, port)
    page = await risk.get("/risk/v1/draw-seeds", port=port, day=DAY.isoformat())
    (seed,) = [s for s in page["items"] if s["closed_at"] is None]
    assert seed["seed"] is None
    return await risk.post(f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal")


async def test_a_closed_day_reveals_its_seed_and_every_draw_verifies(office: Office) -> None:
    port = await office.port(rate="0.5")
    for _ in range(10):
        await office.screened(await office.lot(port))
    revealed = await reveal(office, port)
    async with office.assembly.database("window").reading() as tx:
        ours = [s async for s in draws_to_verify(tx) if s.port == port]
    assert [d.purpose for s in ours for d in s.draws].count(Purpose.GOODS) == 10
    assert differences(ours[0]) == ()
    assert revealed["seed"] == ours[0].seed.hex()


@pytest.mark.parametrize(
    ("port", "code"), [(None, "FORBIDDEN"), ("ELSEWHERE", "OFFICER_NOT_ON_FILE")]
)
async def test_a_seed_is_revealed_by_its_own_port_alone(
    office: Office, port: str | None, code: str
) -> None:
    own = await office.port(rate="1")
    await office.screened(await office.lot(own))
    page = await office.risk_officer(1, own).get(
        "/risk/v1/draw-seeds", port=own, day=DAY.isoformat()
    )
    path = f"/risk/v1/draw-seeds/{page['items'][0]['seed_id']}"
    answer = await office.risk_officer(1, port).try_post(f"{path}/reveal")
    assert (answer.status_code, codes(answer)) == (403, [code])
    assert (await office.risk_officer(1, own).get(path))["seed"] is None


async def test_after_a_day_was_closed_later_lots_draw_under_another_seed(office: Office) -> None:
    port = await office.port(rate="1")
    await office.screened(await office.lot(port))
    await reveal(office, port)
    await office.screened(await office.lot(port))
    rows = await office.sql.fetch(
        "SELECT round, closed_at FROM draw_seeds WHERE port = $1 ORDER BY round", port
    )
    assert [(r["round"], r["closed_at"] is None) for r in rows] == [(1, False), (2, True)]


async def test_closing_a_day_while_lots_are_drawn_never_draws_under_a_public_seed(
    office: Office,
) -> None:
    port = await office.port(rate="0.5")
    await office.screened(await office.lot(port))
    lots = [await office.lot(port) for _ in range(20)]
    await asyncio.gather(reveal(office, port), *(office.screened(lot) for lot in lots))
    late = await office.sql.fetchval(
        "SELECT count(*) FROM screenings AS s JOIN draw_seeds AS d USING (seed_id)"
        " WHERE s.port = $1 AND s.screened_at > d.closed_at",
        port,
    )
    drawn = await office.sql.fetchval("SELECT count(*) FROM screenings WHERE port = $1", port)
    assert drawn == 21
    async with office.assembly.database("window").reading() as tx:
        ours = [s async for s in draws_to_verify(tx) if s.port == port]
    assert all(differences(s) == () for s in ours)
    assert late == 0


async def test_a_seed_is_closed_once_and_by_its_own_port(office: Office) -> None:
    port = await office.port()
    await office.screened(await office.lot(port))
    risk = office.risk_officer(1, port)
    (seed,) = (await risk.get("/risk/v1/draw-seeds", port=port))["items"]
    path = f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal"
    stranger = office.risk_officer(1, await office.port(officers=0))
    assert codes(await stranger.try_post(path)) == ["FORBIDDEN"]
    await risk.post(path)
    assert codes(await risk.try_post(path)) == ["STATE_CONFLICT"]


async def test_a_stored_seed_is_sealed(office: Office) -> None:
    port = await office.port()
    await office.screened(await office.lot(port))
    sealed = await office.sql.fetchval("SELECT sealed FROM draw_seeds WHERE port = $1", port)
    revealed = await reveal(office, port)
    assert bytes.fromhex(revealed["seed"]) not in bytes(sealed)


async def test_w22_a_control_overrides_the_rate_until_another_officer_lifts_it(
    office: Office,
) -> None:
    port = await office.port()
    plate = own_plate()
    control = await office.risk_officer(1).post(
        "/risk/v1/controls",
        {
            "kind": "vehicle_plate",
            "value": plate,
            "grounds": "tip-off",
            "effective_from": "2026-01-01",
        },
    )
    hit = await office.screened(await office.lot(port, vehicle_plate=plate))
    assert (hit.lane, hit.reasons) == (Lane.RED, (f"CONTROL_HIT:{control['control_id']}",))
    path = f"/risk/v1/controls/{control['control_id']}/lift"
    assert codes(await office.risk_officer(1).try_post(path)) == ["SAME_PERSON"]
    await office.risk_officer(2).post(path)
    later = await office.screened(await office.lot(port, vehicle_plate=plate))
    assert later.lane is Lane.GREEN


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[("hs_code", bad) for bad in ("abc", "081", "99999999999")],
        *[("origin", bad) for bad in ("VIETNAM", "XX", "")],
        ("hs_prefix", "x"),
        ("vehicle_plate", "桂\u042012345"),
        ("party", "somebody"),
    ],
)
async def test_what_no_lot_can_say_is_no_control(office: Office, kind: str, value: str) -> None:
    body = {"kind": kind, "value": value, "grounds": "tip-off", "effective_from": "2026-01-01"}
    answer = await office.risk_officer(1).try_post("/risk/v1/controls", body)
    assert answer.status_code == 422, answer.text
    assert "/value" in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("ends", ["2026-01-01", "2025-12-31"])
async def test_a_control_that_ends_before_it_begins_is_refused_at_its_end(
    office: Office, ends: str
) -> None:
    body = {"kind": "origin", "value": "VN", "grounds": "t", "effective_from": "2026-01-01"}
    ending = {**body, "effective_to": ends}
    answer = await office.risk_officer(1).try_post("/risk/v1/controls", ending)
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/effective_to"
    assert error["detail"].startswith("It would end before it begins")


async def test_whoever_makes_rules_and_controls_is_on_file_at_his_port(office: Office) -> None:
    port = await office.port()
    path = "/risk/v1/rules"
    rule = {
        "code": f"T_{port[-8:]}",
        "title": "test",
        "lane": "RED",
        "expression": "hs_code == '97010000'",
        "example": {"hs_code": "97010000"},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    control = {"kind": "origin", "value": "VN", "grounds": "t", "effective_from": "2026-01-01"}
    filed = (await office.risk_officer(1, port).post(path, rule))["rule_id"]
    tries: list[tuple[str, dict[str, Any]]] = [
        (path, {**rule, "code": f"U_{port[-8:]}"}),
        (f"{path}/{filed}/decision", {"approve": True}),
        ("/risk/v1/controls", control),
    ]
    invented = (new_id("ofc"), port)
    of_another_port = (await office.hire(port), "ELSEWHERE")
    for who, at in (invented, of_another_port):
        officer = office.parties.act_as("risk_officer", f"officer:{who}", port=at)
        for place, body in tries:
            answer = await officer.try_post(place, body)
            assert codes(answer) == ["OFFICER_NOT_ON_FILE"], (place, answer.text)


async def test_a_rule_needs_two_officers_and_holds_for_the_next_lot(office: Office) -> None:
    port, goods = await office.port(), "97010000"
    rule = {
        "code": f"T_{port[-8:]}",
        "title": "test",
        "lane": "YELLOW",
        "expression": f"hs_code == '{goods}' && port == '{port}'",
        "example": {"hs_code": goods, "port": port},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    proposed = await office.risk_officer(1).post("/risk/v1/rules", rule)
    assert (await office.screened(await office.lot(port, goods))).lane is Lane.GREEN
    path = f"/risk/v1/rules/{proposed['rule_id']}/decision"
    own = await office.risk_officer(1).try_post(path, {"approve": True})
    assert codes(own) == ["SAME_PERSON"]
    await office.risk_officer(2).post(path, {"approve": True})
    assert (await office.screened(await office.lot(port, goods))).lane is Lane.YELLOW
    again = await office.risk_officer(2).try_post(path, {"approve": True})
    assert codes(again) == ["STATE_CONFLICT"]


async def test_a_rule_that_needs_an_unknown_name_is_refused_at_once(office: Office) -> None:
    rule = {
        "code": "BROKEN",
        "title": "test",
        "lane": "RED",
        "expression": "lot.origin == 'TH'",
        "example": {"origin": "TH"},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    answer = await office.risk_officer(1).try_post("/risk/v1/rules", rule)
    assert (answer.status_code, codes(answer)) == (422, ["RULE_INVALID"])


async def test_without_a_rate_in_force_the_goods_are_inspected(office: Office) -> None:
    port = await office.port()
    long_ago = DAY.replace(year=2019)
    result = await office.screened(await office.lot(port, business_on=long_ago))
    assert result.lane is Lane.RED
    assert "RATE_MISSING" in result.reasons
    assert "NO_RULE_BOOK" in result.reasons


async def test_w22_the_credit_level_of_the_party_changes_its_rate(office: Office) -> None:
    port = await office.port(rate="0.05")
    party = f"enterprise:{await enterprise_filed(office.sql, port)}"
    lot = await office.screened(await office.lot(port, submitted_by=party))
    assert lot.rate == "0.0500" or float(str(lot.rate)) == 0.05
    officer, other = await office.clerk(port), await office.clerk(port)
    proposed = await officer.post(
        "/accreditation/v1/credit-levels",
        {"party": party, "level": "DISHONEST", "grounds": "SMUGGLING"},
    )
    path = f"/accreditation/v1/credit-levels/{proposed['credit_id']}/countersignature"
    own = await officer.try_post(path, {"agree": True})
    assert codes(own) == ["SAME_PERSON"]
    await other.post(path, {"agree": True})
    lot = await office.screened(await office.lot(port, submitted_by=party))
    assert lot.rate == "0.85"


async def test_screening_takes_three_statements(office: Office) -> None:
    port = await office.port()
    await office.screened(await office.lot(port))
    lot_id = await office.lot(port)
    with office.assembly.database("risk").watched(own=True) as statements:
        await office.screened(lot_id)
    assert 0 < len(statements) <= 3


async def test_a_seed_may_be_committed_before_the_first_lot_of_its_day(office: Office) -> None:
    port = await office.port()
    risk = office.risk_officer(1, port)
    body = {"port": port, "business_on": DAY.isoformat()}
    early = await risk.post("/risk/v1/draw-seeds", body)
    assert await risk.post("/risk/v1/draw-seeds", body) == early
    await office.screened(await office.lot(port))
    drawn = await risk.get(f"/risk/v1/draw-seeds/{early['seed_id']}/draws")
    assert [d["purpose"] for d in drawn["items"]] == ["goods"]
    stranger = office.risk_officer(1, await office.port(officers=0))
    refused = await stranger.try_post("/risk/v1/draw-seeds", body)
    assert codes(refused) == ["FORBIDDEN"]


async def test_two_wordings_of_one_rule_do_not_wait_at_once(office: Office) -> None:
    goods = "96010000"
    rule = {
        "code": "TWICE_WORDED",
        "title": "test",
        "lane": "YELLOW",
        "expression": f"hs_code == '{goods}'",
        "example": {"hs_code": goods},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    proposals = await asyncio.gather(
        *(office.risk_officer(1).try_post("/risk/v1/rules", rule) for _ in range(4))
    )
    assert sorted(p.status_code for p in proposals) == [201, 409, 409, 409]
    (filed,) = [p.json() for p in proposals if p.status_code == 201]
    path = f"/risk/v1/rules/{filed['rule_id']}/decision"
    rejected = await office.risk_officer(2).post(path, {"approve": False})
    assert rejected["state"] == "REJECTED"


async def test_a_new_wording_takes_over_from_its_first_day(office: Office) -> None:
    port = await office.port()
    code = f"N_{port[-8:]}"
    for since, goods in (("2026-01-01", "95010000"), ("2026-05-08", "95020000")):
        rule = {
            "code": code,
            "title": "test",
            "lane": "YELLOW",
            "expression": f"hs_code == '{goods}'",
            "example": {"hs_code": goods},
            "authority": "test",
            "effective_from": since,
        }
        filed = await office.risk_officer(1).post("/risk/v1/rules", rule)
        path = f"/risk/v1/rules/{filed['rule_id']}/decision"
        await office.risk_officer(2).post(path, {"approve": True})
    eve = DAY.replace(day=7)
    old_before = await office.screened(await office.lot(port, "95010000", business_on=eve))
    old_after = await office.screened(await office.lot(port, "95010000"))
    new_after = await office.screened(await office.lot(port, "95020000"))
    lanes = [old_before.lane, old_after.lane, new_after.lane]
    assert lanes == [Lane.YELLOW, Lane.GREEN, Lane.YELLOW]


async def test_stored_draws_and_seeds_cannot_be_changed_afterwards(office: Office) -> None:
    port = await office.port()
    await office.screened(await office.lot(port))
    for statement in (
        "UPDATE screenings SET lane = 'GREEN' WHERE port = $1",
        "DELETE FROM screenings WHERE port = $1",
        "DELETE FROM draw_seeds WHERE port = $1",
        "UPDATE draw_seeds SET closed_at = now(), revealed = '\\x00' WHERE port = $1",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await office.sql.execute(statement, port)
