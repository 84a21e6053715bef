"""The window's desk over a real database: cases are filed by hand, read over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx2
import pytest
from joserfc.jwk import OKPKey

from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.settings import settings_of
from deploy.sandbox.token import token
from migrations.apply import event_types
from services.declaration.domain.events import LotSettled, LotSubmitted
from services.declaration.domain.states import LOT, LotState
from services.kernel.events import Event, MoneyBody
from services.kernel.header import Clock, Header
from services.kernel.identifiers import new_id, show, uuid_of
from services.kernel.messages import Actor
from services.manifests import case_kinds
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.bell import EVENTS, Bell
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.settings import role_of
from services.platform.tail import Tail
from services.platform.vault import Vault
from services.platform.visibility import customs, gate
from services.platform.waiting import WaitingRoom
from services.window.api import WindowServices
from services.window.service import MANIFEST
from tests.services.window.programmer import Programmer
from tests.support.log import say
from tests.support.receiver import Receiver, listening

PORT: Final = "DONGXING"
GROUP: Final = "DX-G900"
_LOT: Final = """
    INSERT INTO lots (lot_id, reference, reference_key, submitted_by, group_code, port,
        customs_office, direction, vehicle_plate, plate_key, origin, shipped_from, seller,
        seller_key, seller_bank_bic, hs_code, goods_name, perishable, purpose, net_kg, gross_kg,
        pieces, value_minor, currency, ticket_count, entered_at, business_on, state, submitted_at,
        clock_started_at, release_due_at, clock_ran_out_at, released_at)
    VALUES ($1, $2, lower($2), $3, $4, $5, '7208', 'I', 'TEST-1', 'TEST1', 'VN', 'VN', 'S1', 's1',
        'BFTVVNVX', '08013100', 'cashew nuts', $6, 'RESALE', 100, 110, 10, 700000, 'CNY', 1, now(),
        '2026-11-18', $8, now(), $7, $9, $10, $11)
"""
_TICKET: Final = """
    INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor, currency)
    VALUES ($1, 1, $2, $3, 100, 700000, 'CNY')
"""
VALUE: Final = MoneyBody(amount="7000.00", currency="CNY")
SUBMITTED: Final = LotSubmitted(
    reference="R",
    port=PORT,
    business_on=date(2026, 11, 18),
    hs_code="08013100",
    origin="VN",
    ticket_count=1,
    value=VALUE,
    net_kg="100",
    gross_kg="110",
    manifest_no=None,
    policy_version=1,
)


@dataclass
class Desk:
    """The window under test and what its tests need around it."""

    services: WindowServices
    http: httpx2.AsyncClient
    sql: asyncpg.Pool
    key: OKPKey
    bell: Bell
    headers: dict[str, Header] = field(default_factory=dict)
    """Of cases whose first event is still to be said."""

    def token(self, role: str, party: str, port: str | None = None, hours: float = 1) -> str:
        """A token of the sandbox's issuer."""
        return token(self.key, role=role, party=party, subject=party, port=port, hours=hours)

    async def get(
        self, path: str, role: str = "clerk", party: str = f"group:{GROUP}", port: str | None = None
    ) -> httpx2.Response:
        """GET as somebody; as the clerk of the tests' group when not told otherwise."""
        bearer = {"authorization": f"Bearer {self.token(role, party, port)}"}
        return await self.http.get(path, headers=bearer)

    async def file_lot(
        self,
        *,
        state: str = "SUBMITTED",
        reference: str | None = None,
        group: str = GROUP,
        resident: UUID | None = None,
        port: str = PORT,
        perishable: bool = False,
        started_at: datetime | None = None,
        released_at: datetime | None = None,
        ran_out_at: datetime | None = None,
        silent: bool = False,
    ) -> str:
        """Put a lot into the database as declaration would; its id.

        No case is without an event: a test says the first one of a ``silent`` lot itself.
        """
        lot_id = new_id("lot")
        key = uuid_of(lot_id, "lot")
        hours = timedelta(hours=6 if perishable else 48)
        await self.sql.execute(
            _LOT,
            key,
            reference or f"R-{key}",
            f"group:{group}",
            group,
            port,
            perishable,
            started_at,
            state,
            started_at and started_at + hours,
            ran_out_at,
            released_at,
        )
        owner = resident or uuid_of(new_id("res"), "res")
        await self.sql.execute(_TICKET, key, uuid_of(new_id("tkt"), "tkt"), owner)
        self.headers[lot_id] = Header(
            state=state,
            holder=LOT.holder(LotState(state)),
            reference=reference or f"R-{key}",
            port=port,
            lot=lot_id,
            readers=(f"group:{group}", customs(port), gate(port)),
            clock=None
            if started_at is None
            else Clock("release", started_at, started_at + hours, strictly=perishable),
        )
        if not silent:
            await self.say(lot_id, SUBMITTED, step="submit")
            later = Header(clock_stopped_at=released_at, escalated_at=ran_out_at)
            if later != Header():
                await self.say(lot_id, LotSettled(value=VALUE), step="later", header=later)
        return lot_id

    async def say(
        self,
        case: str,
        event: Event,
        *,
        step: str,
        actor: Actor | None = None,
        header: Header | None = None,
    ) -> int:
        """Append an event to a case; with the first one its header is written."""
        header = header or self.headers.pop(case, None)
        number = await say(self.sql, case, event, step=step, actor=actor, header=header)
        self.bell.ring(EVENTS)
        return number


def resident_party(resident: UUID) -> str:
    """The party of a resident."""
    return f"resident:{show('res', resident)}"


@pytest.fixture(scope="session")
async def desk(stack: Endpoints, stack_home: Path) -> AsyncIterator[Desk]:
    """The window's own app, under its own database role."""
    settings = settings_of(stack_home, endpoints=stack)
    database = Database(settings.database_url_for(role_of("window")), role="tw_window")
    assert settings.jwks_file is not None
    bell = Bell(database)
    database.committed = bell.ring
    tail = Tail(database, bell)
    services = WindowServices(
        database=database,
        authenticator=Authenticator.from_file(
            settings.jwks_file, issuer=settings.oidc_issuer, audience=settings.oidc_audience
        ),
        receipts=Receipts(settings.key("receipt_key")),
        vault=Vault(field_key=settings.key("field_key"), hash_key=settings.key("hash_key")),
        policy=PolicyCache(),
        waiting=WaitingRoom(tail),
        passkeys=None,
        tail=tail,
        sandbox=True,
        kinds=case_kinds(),
        event_types=frozenset(event_types()),
    )
    pool = await asyncpg.create_pool(stack.database_url, min_size=0, max_size=4)
    transport: Any = httpx2.ASGITransport(app=MANIFEST.app(services))
    key = DataDirectory(stack_home).issuer_key()
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        yield Desk(services, http, pool, key, bell)
    await pool.close()
    await services.tail.close()
    await bell.close()
    await database.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as program:
        yield program


@pytest.fixture
def programmer(desk: Desk) -> Programmer:
    return Programmer(desk)
