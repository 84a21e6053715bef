"""One view of a case: who holds it, what is missing, its clock, and who may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import pytest

from services.accreditation.domain.events import AccreditationAccepted
from services.accreditation.domain.states import AEO, AeoState
from services.declaration.domain.events import LotReleased
from services.declaration.domain.states import LotState
from services.gate.domain.events import GatePassed
from services.inspection.domain.events import InspectionOrdered
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.clock import business_day, day_begins
from services.kernel.header import Clock, Header, Mark
from services.kernel.identifiers import new_id, show, uuid_of
from services.kernel.lanes import Lane, Method
from services.kernel.messages import Actor
from services.manifests import case_kinds
from services.processing.domain.states import BookState
from services.risk.domain.events import LotScreened
from services.secondmarket.domain.events import OrderCreated
from services.secondmarket.domain.states import FACTORY_ORDER, FactoryOrderState
from services.settlement.domain.states import InstructionState
from tests.services.window.conftest import GROUP, SUBMITTED, Desk, resident_party
from tests.support.log import mark

OFFICER = Actor(subject="ofc-7", party="officer:ofc-7", role="officer", port="DONGXING")


def _ago(**spans: float) -> datetime:
    return datetime.now(UTC) - timedelta(**spans)


async def test_a_case_says_who_holds_it_and_what_is_missing(desk: Desk) -> None:
    lot_id = await desk.file_lot()

    answer = await desk.get(f"/window/v1/cases/{lot_id}")

    case = answer.json()
    assert answer.status_code == 200
    assert (case["kind"], case["state"], case["holder"]) == ("lot", "SUBMITTED", "members")
    assert case["missing"] == [
        {
            "code": "SHARES_TO_CONFIRM",
            "detail": "Members must confirm their shares.",
            "count": 1,
        }
    ]
    assert case["clock"] is None


async def test_w17_the_clock_shows_what_is_left_of_48_hours(desk: Desk) -> None:
    lot_id = await desk.file_lot(state="IN_INSPECTION", started_at=_ago(hours=40))

    clock = (await desk.get(f"/window/v1/cases/{lot_id}")).json()["clock"]

    assert (clock["allowed_s"], clock["ran_out"], clock["stopped_at"]) == (48 * 3600, False, None)
    assert 8 * 3600 - 60 < clock["left_s"] <= 8 * 3600


async def test_w17_perishables_have_6_hours_and_a_clock_that_ran_out_says_so(desk: Desk) -> None:
    lot_id = await desk.file_lot(
        state="IN_INSPECTION", perishable=True, started_at=_ago(hours=7), ran_out_at=_ago(hours=1)
    )

    clock = (await desk.get(f"/window/v1/cases/{lot_id}")).json()["clock"]

    assert (clock["allowed_s"], clock["left_s"], clock["ran_out"]) == (6 * 3600, 0, True)
    assert clock["escalated_at"] is not None


async def test_release_stops_the_clock(desk: Desk) -> None:
    lot_id = await desk.file_lot(
        state="RELEASED", started_at=_ago(hours=60), released_at=_ago(hours=20)
    )

    case = (await desk.get(f"/window/v1/cases/{lot_id}")).json()

    assert case["clock"]["left_s"] is None
    assert not case["clock"]["ran_out"]
    assert case["holder"] == "carrier"


async def test_strangers_other_ports_and_unknown_ids_are_all_answered_alike(desk: Desk) -> None:
    lot_id = await desk.file_lot()
    path = f"/window/v1/cases/{lot_id}"
    answers = [
        await desk.get(path, party="group:DX-G901"),
        await desk.get(path, role="officer", party="officer:ofc-1", port="PINGXIANG"),
        await desk.get(path, role="policy_officer", party="officer:ofc-1", port="DONGXING"),
        await desk.get(path, role="resident", party=resident_party(uuid4())),
        await desk.get(path, role="bank", party="bank:ABOCCNBJ"),
        await desk.get(f"/window/v1/cases/{new_id('lot')}"),
        await desk.get("/window/v1/cases/lot_nonsense"),
        await desk.get(f"/window/v1/cases/ins_{path[-32:]}"),
    ]

    assert {a.status_code for a in answers} == {404}
    assert {a.json()["code"] for a in answers} == {"NOT_FOUND"}


async def test_the_own_resident_customs_at_the_port_the_gate_and_auditors_see_it(
    desk: Desk,
) -> None:
    resident = uuid4()
    path = f"/window/v1/cases/{await desk.file_lot(resident=resident)}"
    answers = [
        await desk.get(path, role="resident", party=resident_party(resident)),
        await desk.get(path, role="officer", party="officer:ofc-1", port="DONGXING"),
        await desk.get(path, role="gate", party="gate:G1", port="DONGXING"),
        await desk.get(path, role="auditor", party="auditor:A1"),
    ]

    assert [a.status_code for a in answers] == [200] * 4


async def test_a_client_finds_its_case_by_its_own_reference(desk: Desk) -> None:
    lot_id = await desk.file_lot(reference="MY-REF-1")
    await desk.file_lot(reference="MY-REF-1", group="DX-G902")

    own = (await desk.get("/window/v1/cases?reference=MY-REF-1")).json()
    at_port = await desk.get(
        "/window/v1/cases?reference=MY-REF-1", "officer", "officer:ofc-1", "DONGXING"
    )

    assert [c["case_id"] for c in own["items"]] == [lot_id]
    assert len(at_port.json()["items"]) == 2
    assert own["next_cursor"] is None


async def test_look_up_by_reference_is_paged(desk: Desk) -> None:
    for group in ("DX-G903", "DX-G904", "DX-G905"):
        await desk.file_lot(reference="MY-REF-2", group=group)
    path = "/window/v1/cases?reference=MY-REF-2&limit=2"
    officer = ("officer", "officer:ofc-1", "DONGXING")

    first = (await desk.get(path, *officer)).json()
    second = (await desk.get(f"{path}&cursor={first['next_cursor']}", *officer)).json()

    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["next_cursor"] is None


async def test_the_timeline_tells_events_in_order_without_telling_who(desk: Desk) -> None:
    lot_id = await desk.file_lot(silent=True)
    await desk.say(lot_id, LotReleased(lane="GREEN", in_time=True), step="one")
    await desk.say(lot_id, GatePassed(vehicle_plate="X", gross_kg="1"), step="two", actor=OFFICER)

    first = (await desk.get(f"/window/v1/cases/{lot_id}/timeline?limit=1")).json()
    rest = (
        await desk.get(f"/window/v1/cases/{lot_id}/timeline?after={first['next_cursor']}")
    ).json()

    assert [e["type"] for e in first["items"] + rest["items"]] == ["LotReleased", "GatePassed"]
    assert rest["items"][0]["actor"] == {"role": "officer", "port": "DONGXING"}
    assert "ofc-7" not in str(rest)


async def test_why_risk_control_chose_a_lot_is_told_to_customs_not_to_the_trader(
    desk: Desk,
) -> None:
    lot_id = await desk.file_lot(silent=True)
    screened = LotScreened(
        screening_id=new_id("scr"),
        lane="RED",
        reasons=("CONTROL_HIT",),
        draw_value=None,
        rate=None,
        seed_id=None,
        credit_level="ORDINARY",
        rule_book_version=1,
        policy_version=1,
    )
    await desk.say(lot_id, screened, step="screen")
    path = f"/window/v1/cases/{lot_id}/timeline"

    trader = (await desk.get(path)).json()["items"][0]["body"]
    customs = (await desk.get(path, "officer", "officer:ofc-1", "DONGXING")).json()

    assert trader["lane"] == "RED"
    assert "reasons" not in trader
    assert customs["items"][0]["body"]["reasons"] == ["CONTROL_HIT"]


async def test_overdue_lots_are_listed_for_their_port_only(desk: Desk) -> None:
    late = await desk.file_lot(state="IN_INSPECTION", started_at=_ago(hours=49))
    await desk.file_lot(state="IN_INSPECTION", started_at=_ago(hours=47))
    await desk.file_lot(state="RELEASED", started_at=_ago(hours=60), released_at=_ago(hours=1))
    elsewhere = await desk.file_lot(
        state="IN_INSPECTION", started_at=_ago(hours=49), port="PINGXIANG"
    )
    officer = ("officer", "officer:ofc-1", "PINGXIANG")

    here = await desk.get("/window/v1/overdue?limit=200", "officer", "officer:o", "DONGXING")
    there = (await desk.get("/window/v1/overdue", *officer)).json()

    listed = [c["case_id"] for c in here.json()["items"]]
    assert late in listed
    assert all(c["clock"]["ran_out"] for c in here.json()["items"])
    assert [c["case_id"] for c in there["items"]] == [elsewhere]


async def test_what_was_decided_too_late_stays_listed(desk: Desk) -> None:
    late = await desk.file_lot(
        state="RELEASED",
        started_at=_ago(hours=60),
        released_at=_ago(hours=1),
        ran_out_at=_ago(hours=12),
    )
    officer = ("officer", "officer:o", "DONGXING")
    open_ = (await desk.get("/window/v1/overdue?limit=200", *officer)).json()["items"]
    decided = await desk.get("/window/v1/overdue?limit=200&decided=true&kind=lot", *officer)
    assert late not in [case["case_id"] for case in open_]
    assert late in [case["case_id"] for case in decided.json()["items"]]
    other = await desk.get("/window/v1/overdue?limit=200&decided=true&kind=accreditation", *officer)
    assert late not in [case["case_id"] for case in other.json()["items"]]


async def test_traders_may_not_list_what_is_overdue(desk: Desk) -> None:
    answer = await desk.get("/window/v1/overdue")

    assert answer.status_code == 403


async def test_linked_cases_are_shown_in_both_directions(desk: Desk) -> None:
    lot_id = await desk.file_lot(state="IN_INSPECTION")
    order_id = await _file_order(desk, uuid_of(lot_id, "lot"))

    lot = (await desk.get(f"/window/v1/cases/{lot_id}")).json()
    order = (await desk.get(f"/window/v1/cases/{order_id}")).json()

    assert [(c["case_id"], c["holder"]) for c in lot["linked"]] == [(order_id, "customs")]
    assert [c["case_id"] for c in order["linked"]] == [lot_id]
    assert order["missing"][0]["code"] == "FINDINGS"


async def test_a_sold_lot_is_followed_to_its_factory_and_back(desk: Desk) -> None:
    lot_id = await desk.file_lot(state="SOLD", started_at=_ago(hours=9), released_at=_ago(hours=8))
    order_id, purchase_id = await _sell(desk, uuid_of(lot_id, "lot"))
    factory = ("enterprise", "enterprise:4506960001")

    lot = (await desk.get(f"/window/v1/cases/{lot_id}")).json()
    order = (await desk.get(f"/window/v1/cases/{order_id}", *factory)).json()
    followed = await desk.get(f"/window/v1/cases/{lot_id}", *factory)

    assert (lot["purchase"]["purchase_id"], lot["purchase"]["holder"]) == (purchase_id, "buyer")
    assert lot["linked"] == []
    assert (order["state"], order["linked"][0]["case_id"]) == ("OPEN", lot_id)
    assert followed.json()["linked"][0]["case_id"] == order_id


async def _sell(desk: Desk, lot: UUID) -> tuple[str, str]:
    order_id, purchase_id = new_id("ord"), new_id("pur")
    order, purchase = uuid_of(order_id, "ord"), uuid_of(purchase_id, "pur")
    opened = OrderCreated(
        enterprise_code="4506960001",
        hs_code="08013100",
        wanted_kg="1000",
        unit_price="9",
        currency="CNY",
    )
    header = Header(
        state=FactoryOrderState.OPEN,
        holder=FACTORY_ORDER.holder(FactoryOrderState.OPEN),
        reference=order_id,
        readers=("enterprise:4506960001", "officers:DONGXING"),
    )
    await desk.say(order_id, opened, step="create", header=header)
    bought = Mark(links=[order_id], readers=["enterprise:4506960001"])
    await mark(desk.sql, (show("lot", lot), bought))
    async with desk.sql.acquire() as sql, sql.transaction():
        await sql.execute(
            "INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,"
            " unit_price, currency, created_at)"
            " VALUES ($1, '4506960001', $2, '08013100', 1000, 9, 'CNY', now())",
            order,
            order_id,
        )
        await sql.execute(
            "INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code,"
            " net_kg, price_minor, currency, bought_at)"
            " VALUES ($1, $2, $3, '4506960001', '08013100', 100, 90000, 'CNY', now())",
            purchase,
            order,
            lot,
        )
        await sql.execute(
            "INSERT INTO purchase_incomes (purchase_id, ticket_id, resident_id, net_kg,"
            " proceeds_minor, cost_minor, currency) SELECT $1, ticket_id, resident_id, net_kg,"
            " 90000, value_minor, currency FROM tickets WHERE lot_id = $2",
            purchase,
            lot,
        )
    return order_id, purchase_id


async def test_w20_an_accreditation_shows_its_90_day_clock(desk: Desk) -> None:
    aeo_id, today = new_id("aeo"), business_day(datetime.now(UTC))
    due_on = today + timedelta(days=90)
    after = day_begins(due_on + timedelta(days=1))
    header = Header(
        state=AeoState.ACCEPTED,
        holder=AEO.holder(AeoState.ACCEPTED),
        readers=("enterprise:4506960001", "officers:DONGXING"),
        clock=Clock("decision", day_begins(today), after, strictly=True),
    )
    accepted = AccreditationAccepted(accepted_on=today, due_on=due_on)
    await desk.say(aeo_id, accepted, step="accept", header=header)

    case = (
        await desk.get(f"/window/v1/cases/{aeo_id}", "enterprise", "enterprise:4506960001")
    ).json()

    assert (case["kind"], case["holder"]) == ("accreditation", "enterprise")
    assert (case["clock"]["kind"], case["clock"]["ran_out"]) == ("decision", False)
    assert 90 * 86400 < case["clock"]["left_s"] <= 91 * 86400


async def _file_order(desk: Desk, lot: UUID) -> str:
    order_id = new_id("ins")
    ordered = InspectionOrdered(
        lot_id=show("lot", lot),
        port="DONGXING",
        lane=Lane.RED,
        method=Method.FULL,
        perishable=False,
    )
    header = Header(
        state=OrderState.ASSIGNED,
        holder=ORDER.holder(OrderState.ASSIGNED),
        port="DONGXING",
        lot=show("lot", lot),
        readers=(f"group:{GROUP}", "officers:DONGXING"),
    )
    await desk.say(order_id, ordered, step="open", header=header)
    await mark(desk.sql, (order_id, Mark(links=[show("lot", lot)])))
    return order_id


STATES: dict[str, type[StrEnum]] = {
    "lot": LotState,
    "ins": OrderState,
    "aeo": AeoState,
    "stl": InstructionState,
    "ord": FactoryOrderState,
    "bok": BookState,
}


@pytest.mark.parametrize("kind", case_kinds())
def test_every_state_of_every_kind_of_case_is_held_by_somebody(kind: str) -> None:
    table = case_kinds()[kind].states

    assert set(table.held) == set(STATES[kind])
    assert {state for move in table.moves for state in (move[0], table.moves[move])} <= set(
        table.held
    )


@pytest.mark.parametrize("kind", case_kinds())
def test_a_case_that_is_done_waits_for_nothing_by_its_state(kind: str) -> None:
    table = case_kinds()[kind].states

    assert {table.waits(state) for state in table.held if table.is_final(state)} == {()}


async def test_a_clerk_of_the_group_sees_what_a_member_declared_alone(desk: Desk) -> None:
    resident = uuid4()
    header = Header(
        state="SUBMITTED",
        holder="members",
        readers=(resident_party(resident), f"group:{GROUP}"),
    )
    lot_id = await desk.file_lot(group=GROUP, resident=resident, silent=True)
    await desk.say(lot_id, SUBMITTED, step="submit", header=header)

    assert (await desk.get(f"/window/v1/cases/{lot_id}")).status_code == 200
