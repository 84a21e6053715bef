"""Every step of every case, twice in a row: a worker may die between its commit and its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import pytest

from services.accreditation.domain.rules.score import standards_for
from services.kernel.clock import business_day
from services.kernel.identifiers import new_id, show, uuid_of
from tests.support.asleep import Asleep
from tests.support.facts import paid, sold
from tests.support.harbour import PASSED, RED_GOODS, SMUGGLED, open_port
from tests.support.on_file import officer_filed
from tests.support.plates import own_plate
from tests.support.steps import steps_of_ports, taken_twice

NOTHING: Final[tuple[str, ...]] = ()
LOTS: Final = "/declaration/v1/lots"
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
OWN_USE: Final = {"purpose": "OWN_USE"}


class Place(NamedTuple):
    """Where a case may be when its step is taken, what becomes of it, and what is written."""

    case: Callable[[Asleep], Awaitable[str]]
    state: str
    writes: tuple[str, ...]


async def unconfirmed(asleep: Asleep) -> str:
    return await asleep.harbour.accepted(await asleep.harbour.group(1), values=["10.00"])


def confirmed(**changes: Any) -> Callable[[Asleep], Awaitable[str]]:
    async def lot(asleep: Asleep) -> str:
        group = await asleep.harbour.group(1)
        return await asleep.harbour.confirmed(group, values=["10.00"], **changes)

    return lot


def screened(**changes: Any) -> Callable[[Asleep], Awaitable[str]]:
    async def lot(asleep: Asleep) -> str:
        lot_id = await confirmed(**changes)(asleep)
        await asleep.screened(lot_id)
        return lot_id

    return lot


def inspected(*, order: bool = False) -> Callable[[Asleep], Awaitable[str]]:
    async def lot(asleep: Asleep) -> str:
        return (await asleep.inspected())[order]

    return lot


def signed(findings: dict[str, Any], *, order: bool = False) -> Callable[[Asleep], Awaitable[str]]:
    async def lot(asleep: Asleep) -> str:
        ids = await asleep.inspected()
        await asleep.harbour.dispose(ids[1], findings)
        return ids[order]

    return lot


async def withdrawn(asleep: Asleep) -> str:
    lot_id = await confirmed()(asleep)
    await asleep.withdrawn(lot_id)
    return lot_id


def let_go(*, order: bool = False) -> Callable[[Asleep], Awaitable[str]]:
    """Both officers let the lot be withdrawn."""

    async def lot(asleep: Asleep) -> str:
        # A truck on file, of nobody else's: the lot weighs on it whatever neighbours have filed.
        plate = own_plate()
        await asleep.harbour.truck(plate)
        ids = await asleep.inspected(vehicle_plate=plate, foreign_plate=None)
        await asleep.harbour.let_go(ids[1])
        return ids[order]

    return lot


async def withdrawn_while_selected(asleep: Asleep) -> str:
    """A version before this one let a party withdraw a selected lot; its order is still open."""
    lot_id, order_id = await asleep.inspected()
    await asleep.sql.execute(
        "UPDATE lots SET state = 'CANCELLED' WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    return order_id


async def ordered(asleep: Asleep) -> str:
    lot_id = await screened(hs_code=RED_GOODS)(asleep)
    asked = "SELECT order_id FROM inspection_orders WHERE lot_id = $1"
    return show("ins", await asleep.sql.fetchval(asked, uuid_of(lot_id, "lot")))


def unstaffed(*, hired: bool) -> Callable[[Asleep], Awaitable[str]]:
    async def order(asleep: Asleep) -> str:
        elsewhere = asleep.at(await open_port(asleep.harbour.window, officers=1))
        _, order_id = await elsewhere.inspected()
        if hired:
            await elsewhere.harbour.hire()
        return order_id

    return order


async def late(asleep: Asleep) -> str:
    lot_id = await inspected()(asleep)
    moved = "UPDATE lots SET release_due_at = now() - $1::interval WHERE lot_id = $2"
    await asleep.sql.execute(moved, timedelta(seconds=1), uuid_of(lot_id, "lot"))
    return lot_id


def out(*, buy: bool, pay: int = 0, **changes: Any) -> Callable[[Asleep], Awaitable[str]]:
    async def lot(asleep: Asleep) -> str:
        lot_id = await asleep.released(**changes)
        await asleep.harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
        if buy:
            await sold(asleep.sql, lot_id)
        if pay:
            await paid(asleep.sql, lot_id, pay)
        return lot_id

    return lot


async def closed(asleep: Asleep) -> str:
    lot_id = await out(buy=True, pay=1000)(asleep)
    await asleep.attended(lot_id)
    return lot_id


def unknown(prefix: str) -> Callable[[Asleep], Awaitable[str]]:
    async def case(asleep: Asleep) -> str:
        return new_id(prefix)

    return case


def accreditation(
    *, accepted: bool = False, assessed: bool = False
) -> Callable[[Asleep], Awaitable[str]]:
    async def case(asleep: Asleep) -> str:
        factory = await asleep.harbour.factory()
        body = {"level": "ADVANCED", "trades": ["PROCESSING"]}
        applied = await factory.post("/accreditation/v1/accreditations", body)
        path = f"/accreditation/v1/accreditations/{applied['accreditation_id']}"
        if accepted:
            chief = await officer_filed(asleep.sql, asleep.harbour.port)
            await asleep.harbour.officer(chief).post(f"{path}/acceptance", {"accept": True})
        if assessed:
            await factory.post(f"{path}/self-assessment", {"marks": MET})
        return str(applied["accreditation_id"])

    return case


def book(*, ended: bool) -> Callable[[Asleep], Awaitable[str]]:
    async def case(asleep: Asleep) -> str:
        today = business_day(datetime.now(UTC))
        period = {"period_from": f"{today}", "period_to": f"{today + timedelta(days=9)}"}
        opened = await (await asleep.harbour.factory()).post("/processing/v1/books", period)
        if ended:
            moved = (
                "UPDATE books SET period_from = period_from - 40, period_to = period_to - 40"
                " WHERE book_id = $1"
            )
            await asleep.sql.execute(moved, uuid_of(opened["book_id"], "bok"))
        return str(opened["book_id"])

    return case


LOG: Final = ("cases", "events")
DESKS: Final = ("case_waits", *LOG)
"""What an act writes with which something is waited for, or no longer."""
EXAMINED: Final = ("accreditations", "case_draws", *DESKS)
MET: Final = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
GREEN: Final = (*LOG, "screenings")
ORDERED: Final = (
    "case_links",
    *DESKS,
    "inspection_orders",
    "outbox",
    "screenings",
    "selections",
)
DRAWN: Final = ("case_draws", *DESKS, "inspection_orders")
MOVED: Final = (*LOG, "lots")
CARRIED_OUT: Final = (*LOG, "lots", "quota_days")
RELEASED: Final = (*DESKS, "lots", "quota_days")
SETTLED: Final = (*DESKS, "lots")
SELECTED: Final = ("selections",)
"""How long what was selected counts is kept as its lot moves (0163)."""
STEPS: Final[dict[str, dict[str, Place]]] = {
    "risk.screen_lot": {
        "a lot nobody has confirmed": Place(unconfirmed, "", NOTHING),
        "green goods": Place(confirmed(), "", GREEN),
        "red goods": Place(confirmed(hs_code=RED_GOODS), "", ORDERED),
        "a lot screened before": Place(screened(), "", NOTHING),
        "a withdrawn lot": Place(withdrawn, "", NOTHING),
        "a released lot": Place(out(buy=False), "", NOTHING),
        "no such lot": Place(unknown("lot"), "", NOTHING),
    },
    "declaration.attend_lot": {
        "a lot nobody has confirmed": Place(unconfirmed, "SUBMITTED", NOTHING),
        "a lot not screened": Place(confirmed(), "IDENTITY_OK", NOTHING),
        "screened green": Place(screened(), "RELEASED", RELEASED),
        "screened red": Place(screened(hs_code=RED_GOODS), "IN_INSPECTION", MOVED),
        "with its officers": Place(inspected(), "IN_INSPECTION", NOTHING),
        "signed to be released": Place(signed(PASSED), "RELEASED", (*RELEASED, *SELECTED)),
        "signed to be seized": Place(signed(SMUGGLED), "SEIZED", (*CARRIED_OUT, *SELECTED)),
        "its clock run out": Place(late, "IN_INSPECTION", MOVED),
        "withdrawn": Place(withdrawn, "CANCELLED", NOTHING),
        "let go by two officers": Place(
            let_go(), "CANCELLED", (*CARRIED_OUT, *SELECTED, "port_tickets", "truck_loads")
        ),
        "out": Place(out(buy=False), "GATE_OUT", NOTHING),
        "out and bought": Place(out(buy=True), "SOLD", MOVED),
        "out, bought and paid": Place(out(buy=True, pay=1000), "CLOSED", SETTLED),
        "out and paid by a cent too little": Place(
            out(buy=False, pay=999, **OWN_USE), "GATE_OUT", NOTHING
        ),
        "out and paid for own use": Place(out(buy=False, pay=1000, **OWN_USE), "CLOSED", SETTLED),
        "closed": Place(closed, "CLOSED", NOTHING),
        "no such lot": Place(unknown("lot"), "UNKNOWN", NOTHING),
    },
    "inspection.attend_order": {
        "with its officers": Place(inspected(order=True), "ASSIGNED", NOTHING),
        "just opened": Place(ordered, "ASSIGNED", DRAWN),
        "still short of officers": Place(unstaffed(hired=False), "UNSTAFFED", NOTHING),
        "an officer has come": Place(unstaffed(hired=True), "ASSIGNED", DRAWN),
        "its lot withdrawn": Place(
            withdrawn_while_selected, "WITHDRAWN", (*DESKS, "inspection_orders")
        ),
        "its lot let go": Place(let_go(order=True), "WITHDRAWN", NOTHING),
        "signed": Place(signed(PASSED, order=True), "CONCLUDED", NOTHING),
        "no such order": Place(unknown("ins"), "UNKNOWN", NOTHING),
    },
    "accreditation.attend_accreditation": {
        "applied": Place(accreditation(), "APPLIED", NOTHING),
        "accepted": Place(accreditation(accepted=True), "ACCEPTED", NOTHING),
        "assessed by itself": Place(
            accreditation(accepted=True, assessed=True), "ON_SITE", EXAMINED
        ),
        "no such accreditation": Place(unknown("aeo"), "UNKNOWN", NOTHING),
    },
    "processing.attend_book": {
        "open": Place(book(ended=False), "OPEN", NOTHING),
        "its period over": Place(book(ended=True), "OPEN", (*LOG, "books")),
        "no such book": Place(unknown("bok"), "UNKNOWN", NOTHING),
    },
    # A payment that is offered to its bank is taken twice where banks are (tests/services).
    "settlement.attend_payment": {
        "no such payment": Place(unknown("stl"), "UNKNOWN", NOTHING),
    },
}
TAKEN: Final = [(step, place) for step, places in STEPS.items() for place in places]


def test_every_step_of_every_port_is_taken_twice_here() -> None:
    of_ports = {step for steps in steps_of_ports().values() for step in steps}
    assert set(STEPS) == of_ports


@pytest.mark.parametrize(("step", "place"), TAKEN, ids=[f"{s}: {p}" for s, p in TAKEN])
async def test_a_step_taken_twice_changes_nothing_the_second_time(
    asleep: Asleep, step: str, place: str
) -> None:
    wanted = STEPS[step][place]
    case = await wanted.case(asleep)
    state, wrote = await taken_twice(asleep.sql, asleep.steps[step], case)
    assert state == wanted.state
    # The first draw of a port's day also commits to the day's seed.
    assert set(wanted.writes) == set(wrote) - {"draw_seeds"}


async def test_quota_follows_the_lot_and_never_twice(asleep: Asleep) -> None:
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.confirmed(group, values=["10.00"])
    held = {"reserved": "10.00", "consumed": "0.00", "left": "7990.00"}
    assert await asleep.harbour.quota(group.residents[0]) == held
    for _ in range(3):
        await asleep.attended(lot_id)
    spent = {"reserved": "0.00", "consumed": "10.00", "left": "7990.00"}
    assert await asleep.harbour.quota(group.residents[0]) == spent
