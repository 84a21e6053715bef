"""Risk, inspection, accreditation and their workers; lots come straight into the tables."""

from __future__ import annotations

import asyncio
import contextlib
import random
import string
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid4, uuid5

import asyncpg
import httpx2
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from deploy.sandbox.parties import Parties, Party
from services.declaration.domain.events import IdentityConfirmed
from services.declaration.domain.states import LOT, LotState
from services.kernel.header import Header
from services.kernel.identifiers import new_id, show, uuid_of
from services.kernel.lanes import Lane
from services.kernel.messages import Case
from services.risk.activities import ScreeningActivities
from tests.support.drawn import drawn_for
from tests.support.keys import keyed
from tests.support.log import events_of, say
from tests.support.on_file import enterprise_filed, officer_filed, rule_approved
from tests.support.patience import LOOKS
from tests.support.reading import Readers
from tests.support.tells import delivered

DAY: Final = date(2026, 5, 8)
RED_GOODS: Final = "99010000"
YELLOW_GOODS: Final = "98010000"
GREEN_GOODS: Final = "08013100"
CLEAN: Final = {
    "method": "SAMPLE",
    "results": ["NO_DIFFERENCE"],
    "disposal": "RELEASE",
    "found_kg": "100.000",
}


RISK_PORT: Final = "DONGXING"
"""Where the risk officers sit whose rules and controls concern every port."""


def _risk(number: int, port: str) -> str:
    """The id on file of a port's risk officer."""
    return show("ofc", uuid5(NAMESPACE_OID, f"{port} {number}"))


@dataclass(frozen=True)
class Screened:
    """What screening decided for a lot, as it stands on record."""

    screening_id: str
    lot_id: str
    lane: Lane
    reasons: tuple[str, ...]
    draw_value: str
    rate: str | None
    perishable: bool
    order_id: str | None


@dataclass
class Office:
    """The services of control as officers, enterprises and lots meet them."""

    assembly: Assembly
    parties: Parties
    sql: asyncpg.Pool
    client: Client
    screening: ScreeningActivities

    def officer(self, officer_id: str, port: str) -> Party:
        """An officer at a desk."""
        return self.parties.act_as("officer", f"officer:{officer_id}", port=port)

    def risk_officer(self, number: int, port: str | None = None) -> Party:
        """One of the risk officers on file at a port."""
        port = port or RISK_PORT
        return self.parties.act_as("risk_officer", f"officer:{_risk(number, port)}", port=port)

    async def risk_officers_filed(self, port: str, number: int = 2) -> None:
        """File the risk officers of a port."""
        for n in range(1, number + 1):
            await officer_filed(self.sql, port, officer_id=_risk(n, port))

    @property
    def auditor(self) -> Party:
        """Someone who sees everything and decides nothing."""
        return self.parties.act_as("auditor", "auditor:A1")

    async def port(self, *, rate: str = "0", officers: int = 3) -> str:
        """A fresh port with officers of its own and its own random rate."""
        port = "T" + "".join(random.choices(string.ascii_uppercase, k=14))
        await self.sql.execute(
            "INSERT INTO ports (port, name_zh, name_en, customs_office)"
            " VALUES ($1, $1, $1, '7299')",
            port,
        )
        # One truck and one seller for all the lots here: what is inherited, tests of that say.
        for key, value in (
            ("inspection.base_rate", rate),
            ("inspection.selection_inherited_days", "0"),
        ):
            await self.sql.execute(
                "INSERT INTO policy_parameters (policy_id, key, scope, value, authority,"
                " effective_from, proposed_by, approved_by, approved_at)"
                " VALUES ($1, $2, $3, to_jsonb($4::text), 'test', '2020-01-01', 'a', 'b', now())",
                uuid4(),
                key,
                port,
                value,
            )
        for _ in range(officers):
            await self.hire(port)
        await self.risk_officers_filed(port)
        return port

    async def hire(
        self, port: str, skills: tuple[str, ...] = ("document", "inspection", "aeo")
    ) -> str:
        """A new officer of a port; the id."""
        return await officer_filed(self.sql, port, skills)

    async def clerk(self, port: str) -> Party:
        """An officer at the desk who is never drawn: on file, with no skill."""
        return self.officer(await self.hire(port, ()), port)

    async def dismiss(self, officer_id: str) -> None:
        """An officer leaves."""
        uuid = uuid_of(officer_id, "ofc")
        await self.sql.execute("UPDATE officers SET active = false WHERE officer_id = $1", uuid)

    async def conflict(self, officer_id: str, party: str) -> None:
        """An officer declares a conflict of interest."""
        await self.sql.execute(
            "INSERT INTO conflicts (officer_id, party, declared_on) VALUES ($1, $2, '2026-01-01')",
            uuid_of(officer_id, "ofc"),
            party,
        )

    async def lot(self, port: str, hs_code: str = GREEN_GOODS, **changes: Any) -> str:
        """A lot whose identity is confirmed; the id."""
        lot_id = new_id("lot")
        entered = datetime(2026, 5, 8, 1, tzinfo=UTC)
        row: dict[str, Any] = {
            "lot_id": uuid_of(lot_id, "lot"),
            "reference": lot_id,
            "submitted_by": "group:DX-G001",
            "group_code": "DX-G001",
            "port": port,
            "customs_office": "7299",
            "direction": "I",
            "vehicle_plate": "桂P12345",
            "origin": "VN",
            "shipped_from": "VN",
            "seller": "Sample Mong Cai 1",
            "seller_bank_bic": "BFTVVNVX",
            "hs_code": hs_code,
            "goods_name": "样品",
            "perishable": False,
            "purpose": "RESALE",
            "net_kg": 100,
            "gross_kg": 110,
            "pieces": 10,
            "value_minor": 700_000,
            "currency": "CNY",
            "ticket_count": 1,
            "entered_at": entered,
            "business_on": DAY,
            "state": "IDENTITY_OK",
            "submitted_at": entered,
            "clock_started_at": entered,
            "release_due_at": entered + timedelta(hours=48),
            **changes,
        }
        row = keyed(row)
        names, places = ", ".join(row), ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.sql.execute(f"INSERT INTO lots ({names}) VALUES ({places})", *row.values())
        clock = {"clock_started_at": entered, "release_due_at": row["release_due_at"]}
        holder = LOT.holder(LotState(row["state"]))
        header = Header(row["state"], holder, reference=lot_id, port=port, lot=lot_id)
        await say(self.sql, lot_id, IdentityConfirmed(**clock), step="submit", header=header)
        return lot_id

    async def share(self, lot_id: str, resident_id: str) -> None:
        """A resident's ticket in a lot."""
        await self.sql.execute(
            "INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor,"
            " currency) VALUES ($1, 1, $2, $3, 100, 700000, 'CNY')",
            uuid_of(lot_id, "lot"),
            uuid4(),
            uuid_of(resident_id, "res"),
        )

    async def screened(self, lot_id: str) -> Screened:
        """Screen a lot as its workflow does; what is then on record."""
        await self.screening.screen_lot(Case(case_id=lot_id))
        row = await self.sql.fetchrow(
            "SELECT * FROM screenings WHERE lot_id = $1", uuid_of(lot_id, "lot")
        )
        assert row is not None
        return Screened(
            screening_id=show("scr", row["screening_id"]),
            lot_id=lot_id,
            lane=Lane(row["lane"]),
            reasons=tuple(row["reasons"]),
            draw_value=f"{row['draw_value']:f}",
            rate=None if row["rate"] is None else f"{row['rate'].normalize():f}",
            perishable=row["perishable"],
            order_id=None if row["order_id"] is None else show("ins", row["order_id"]),
        )

    async def inspected(self, port: str, hs_code: str = RED_GOODS, **changes: Any) -> str:
        """A lot's order, whose case has drawn for it once; its id."""
        screened = await self.screened(await self.lot(port, hs_code, **changes))
        assert screened.order_id is not None
        await drawn_for(self.sql, screened.order_id)
        return screened.order_id

    async def ended(self, order_id: str) -> str:
        """What the workflow of a case ended with; the relay may not have started it yet."""
        for _ in range(LOOKS):
            with contextlib.suppress(RPCError):
                handle = self.client.get_workflow_handle(order_id, result_type=str)
                return str(await handle.result())
            await asyncio.sleep(0.05)
        raise AssertionError(f"{order_id} was not started")

    async def order(self, order_id: str, *, state: str | None = None) -> dict[str, Any]:
        """The order as shown, as soon as it is there (in a state)."""
        return await self.until(f"/inspection/v1/orders/{order_id}", state)

    async def until(self, path: str, state: str | None = None, **also: Any) -> dict[str, Any]:
        """A case as shown, as soon as it is in a state."""
        for _ in range(200):
            answer = await self.parties.http.get(
                path, headers={"Authorization": f"Bearer {self.auditor.bearer}"}
            )
            if answer.status_code == 200:
                body: dict[str, Any] = answer.json()
                met = all(body[name] == value for name, value in also.items())
                if state in (None, body["state"]) and met:
                    return body
            await asyncio.sleep(0.05)
        raise AssertionError(f"{path} did not become {state} {also}: {answer.text}")

    async def events(self, case: str) -> list[str]:
        """The types of a case's events, in order."""
        return await events_of(self.sql, case)

    async def enterprise(self, port: str) -> tuple[str, Party]:
        """A registered enterprise; its code and its clerk."""
        code = await enterprise_filed(self.sql, port)
        return code, self.parties.act_as("enterprise", f"enterprise:{code}")

    async def colleagues(self, order: dict[str, Any]) -> tuple[Party, Party]:
        """The two drawn officers of an order."""
        one, other = order["officers"]
        return self.officer(one, order["port"]), self.officer(other, order["port"])


async def approve_rules(office: Office) -> None:
    """A rule book: one commodity is red, one yellow, everything else is no rule's business."""
    officers = office.risk_officer(1), office.risk_officer(2)
    for lane, goods in (("RED", RED_GOODS), ("YELLOW", YELLOW_GOODS)):
        await rule_approved(*officers, code=f"TEST_{lane}", lane=lane, goods=goods)


@pytest.fixture(scope="session")
async def office(stack: Endpoints, stack_home: Path) -> AsyncIterator[Office]:
    """The services of control, their workers and the relay, with an approved rule book."""
    # A queue and a database of its own would be cleaner still; the fresh ports keep tests apart.
    assembly = Assembly.create(settings_of(stack_home, endpoints=stack), with_relay=True)
    relay = assembly.relay
    assert relay is not None
    pool = await asyncpg.create_pool(stack.database_url, min_size=0, max_size=4)
    client = await assembly.connected()
    transport = httpx2.ASGITransport(app=all_in_one(assembly))
    async with AsyncExitStack() as running:
        http = await running.enter_async_context(
            httpx2.AsyncClient(
                transport=transport, base_url=assembly.settings.public_origin or "", timeout=60
            )
        )
        for service in ("inspection", "accreditation"):
            await running.enter_async_context(assembly.worker(service, client))
        delivering = asyncio.create_task(relay.run(client))
        parties = Readers(http, DataDirectory(stack_home).issuer_key())
        screening = ScreeningActivities(assembly.database("risk"), vault=assembly.vault)
        place = Office(assembly, parties, pool, client, screening)
        await place.risk_officers_filed(RISK_PORT, 5)
        await approve_rules(place)
        yield place
        delivering.cancel()
    await pool.close()
    await assembly.close()


@pytest.fixture
def skipped(office: Office) -> Callable[..., Awaitable[None]]:
    """Let a case's time go by, on the real server, once it has been told all that is on record."""
    skipper = TimeSkipper(office.client)

    async def skip(case: WorkflowHandle[Any, Any], **time: float) -> None:
        await delivered(office.sql, case.id)
        await skipper.fast_forward(case, timedelta(**time))

    return skip
