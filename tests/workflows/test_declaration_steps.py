"""Every step of a lot's case may run twice: the second time finds it done and changes nothing."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.declaration.activities import DeclarationActivities
from services.declaration.domain.states import LotState
from services.kernel.identifiers import new_id, new_uuid, show
from services.kernel.messages import Actor, Decision, Receipt
from tests.support.quiet import QuietDatabase
from workflows.ports.declaration import (
    DeclarationSteps,
    EndUnreleased,
    EscalateLot,
    LotStep,
    RecordSale,
    ReleaseLot,
    SendToInspection,
)

PARTY: Final = "group:T-1"
ORDER: Final = "ins_" + "0" * 32
TABLES: Final = ("lots", "tickets", "quota_days", "manifests", "outbox", "cases", "events")


@dataclass(frozen=True)
class Step:
    """A step: from which state it goes, to which, and with what message."""

    source: LotState
    target: LotState
    message: Callable[[str], Any]


def withdrawal(lot_id: str) -> Decision:
    return Decision(
        case=lot_id,
        actor=Actor(subject=PARTY, party=PARTY, role="clerk"),
        receipt=Receipt(subject=PARTY, key=str(uuid4()), fingerprint="x"),
        request_id="request-0123456789",
        body={"reason": "twice"},
    )


S = LotState
STEPS: Final = {
    "release_lot": Step(
        S.IDENTITY_OK, S.RELEASED, lambda lot: ReleaseLot(lot_id=lot, lane="GREEN")
    ),
    "send_to_inspection": Step(
        S.IDENTITY_OK,
        S.IN_INSPECTION,
        lambda lot: SendToInspection(lot_id=lot, lane="RED", order_id=ORDER),
    ),
    "end_unreleased": Step(
        S.IN_INSPECTION,
        S.REJECTED,
        lambda lot: EndUnreleased(lot_id=lot, order_id=ORDER, move="reject", disposal="DESTROY"),
    ),
    "cancel_lot": Step(S.IN_INSPECTION, S.CANCELLED, withdrawal),
    "clock_ran_out": Step(S.IN_INSPECTION, S.IN_INSPECTION, lambda lot: EscalateLot(lot_id=lot)),
    "record_sale": Step(
        S.GATE_OUT, S.SOLD, lambda lot: RecordSale(lot_id=lot, purchase_id="pur_" + "0" * 32)
    ),
    "close_if_settled": Step(S.SOLD, S.CLOSED, lambda lot: LotStep(lot_id=lot)),
}


@pytest.fixture
async def sql(quiet: QuietDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(quiet.endpoints.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def steps(quiet: QuietDatabase) -> AsyncIterator[DeclarationActivities]:
    async with quiet.opened("declaration") as database:
        yield DeclarationActivities(database)


async def lot_in(sql: asyncpg.Connection, state: LotState) -> str:
    """A lot of two tickets in a state, with its quota, its manifest and its payment."""
    lot_id, manifest = new_uuid(), uuid4().hex
    entered = datetime(2026, 11, 18, 1, tzinfo=UTC)
    released = state in (S.RELEASED, S.GATE_OUT, S.SOLD)
    held, consumed = (0, 500) if released else (500, 0)
    await sql.execute(
        "INSERT INTO manifests (manifest_no, manifest_id, lodged_by, port, vehicle_plate, total_kg,"
        " reserved_kg, written_off_kg, lodged_at)"
        " VALUES ($1, gen_random_uuid(), 'c', 'P', 'V', 500, $2, $3, $4)",
        manifest,
        0 if released else 110,
        110 if released else 0,
        entered,
    )
    row: dict[str, Any] = {
        "lot_id": lot_id,
        "reference": manifest,
        "submitted_by": PARTY,
        "group_code": "T-1",
        "port": "DONGXING",
        "customs_office": "7208",
        "direction": "I",
        "vehicle_plate": "V",
        "manifest_no": manifest,
        "origin": "VN",
        "shipped_from": "VN",
        "seller": "S",
        "seller_bank_bic": "BFTVVNVX",
        "hs_code": "08013100",
        "goods_name": "cashew",
        "perishable": False,
        "purpose": "RESALE",
        "net_kg": 100,
        "gross_kg": 110,
        "pieces": 1,
        "value_minor": 1000,
        "currency": "CNY",
        "ticket_count": 2,
        "entered_at": entered,
        "business_on": entered.date(),
        "state": state.value,
        "submitted_at": entered,
        "clock_started_at": entered,
        "release_due_at": entered + timedelta(hours=48),
        "released_at": entered if released else None,
    }
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await sql.execute(f"INSERT INTO lots ({', '.join(row)}) VALUES ({places})", *row.values())
    for line in (1, 2):
        resident = uuid4()
        await sql.execute(
            "INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor,"
            " currency, confirmed_at) VALUES ($1, $2, $3, $4, 50, 500, 'CNY', $5)",
            lot_id,
            line,
            uuid4(),
            resident,
            entered,
        )
        await sql.execute(
            "INSERT INTO quota_days (resident_id, business_on, limit_minor, reserved_minor,"
            " consumed_minor, tickets) VALUES ($1, $2, 800000, $3, $4, 1)",
            resident,
            entered.date(),
            held,
            consumed,
        )
    await _paid(sql, lot_id)
    return show("lot", lot_id)


async def _paid(sql: asyncpg.Connection, lot_id: UUID) -> None:
    await sql.execute(
        "INSERT INTO settlement_instructions (instruction_id, client_reference, instructed_by,"
        " lot_id, buyer, seller_code, seller_bank_bic, seller_account, seller_country, bank_bic,"
        " amount_minor, currency, paid_minor, paid_currency, purpose_code, state, requested_at,"
        " ended_at) VALUES ($1, $2, 'g', $3, 'g', 'S', 'B', '1', 'VN', 'A', 1000, 'CNY', 1000,"
        " 'CNY', 'GOD', 'SETTLED', now(), now())",
        uuid4(),
        uuid4().hex,
        lot_id,
    )


async def everything(sql: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of the tables that a step may touch."""
    return {
        table: sorted(r[0] for r in await sql.fetch(f"SELECT t::text FROM {table} AS t"))
        for table in TABLES
    }


def registered() -> set[str]:
    """The steps that the workflow may ask for."""
    return {
        name
        for name, function in inspect.getmembers(DeclarationSteps, inspect.isfunction)
        if hasattr(function, "__temporal_activity_definition")
    }


def test_every_step_of_the_port_is_tried_twice_here() -> None:
    assert set(STEPS) == registered()


@pytest.mark.parametrize("name", sorted(STEPS))
async def test_a_step_that_runs_twice_changes_nothing_the_second_time(
    name: str, sql: asyncpg.Connection, steps: DeclarationActivities
) -> None:
    step = STEPS[name]
    lot_id = await lot_in(sql, step.source)
    act: Callable[[Any], Awaitable[Any]] = getattr(steps, name)
    message = step.message(lot_id)
    before = await everything(sql)
    first = await act(message)
    after = await everything(sql)
    assert first.state == step.target
    assert after["events"] != before["events"]
    assert await act(message) == first
    assert await everything(sql) == after


@pytest.mark.parametrize("name", sorted(STEPS))
@pytest.mark.parametrize("state", [S.CANCELLED, S.CLOSED, S.SEIZED])
async def test_a_step_that_comes_too_late_finds_the_lot_as_it_is(
    name: str, state: LotState, sql: asyncpg.Connection, steps: DeclarationActivities
) -> None:
    lot_id = await lot_in(sql, S.SOLD if state == S.CLOSED else S.IN_INSPECTION)
    await sql.execute(
        "UPDATE lots SET state = $1, ended_at = now() WHERE lot_id = $2",
        state.value,
        UUID(hex=lot_id[4:]),
    )
    before = await everything(sql)
    found = await getattr(steps, name)(STEPS[name].message(lot_id))
    # A refused withdrawal states no state: nothing has changed, and its caller is told so.
    assert found.state in (state, None)
    assert await everything(sql) == before


async def test_quota_and_weight_follow_the_lot_and_never_twice(
    sql: asyncpg.Connection, steps: DeclarationActivities
) -> None:
    lot_id = await lot_in(sql, S.IDENTITY_OK)
    await steps.release_lot(ReleaseLot(lot_id=lot_id, lane="GREEN"))
    await steps.cancel_lot(withdrawal(lot_id))
    await steps.end_unreleased(
        EndUnreleased(lot_id=lot_id, order_id=ORDER, move="reject", disposal="DESTROY")
    )
    sums = await sql.fetchrow(
        "SELECT sum(reserved_minor) AS reserved, sum(consumed_minor) AS consumed FROM quota_days"
        " WHERE resident_id IN (SELECT resident_id FROM tickets WHERE lot_id = $1)",
        UUID(hex=lot_id[4:]),
    )
    assert sums is not None
    assert (sums["reserved"], sums["consumed"]) == (0, 1000)


async def test_a_step_on_a_lot_that_does_not_exist_is_refused(
    steps: DeclarationActivities,
) -> None:
    outcome = await steps.cancel_lot(withdrawal(new_id("lot")))
    assert (outcome.state, outcome.answer.status) == (None, 404)
