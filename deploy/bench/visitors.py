"""People at the screens of a window in one process, for the measures of pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx2
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.bench.ground import PORT, Ground
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import LocalError
from deploy.operate.screens import Screens
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from deploy.sandbox.issuer import create_issuer
from deploy.sandbox.token import token
from services.portal.interface import Calls, Interface
from services.portal.sessions import Keeper, Session

_LOAD: Final = (
    """
    CREATE TEMP TABLE held AS
    SELECT n, uuidv7() AS lot_id, uuidv7() AS order_id, '桂S' || lpad(n::text, 5, '0') AS plate
    FROM generate_series(1, $1::bigint) AS n
    """,
    """
    INSERT INTO lots (lot_id, reference, reference_key, submitted_by, group_code, port,
        customs_office, direction, vehicle_plate, plate_key, origin, shipped_from, seller,
        seller_key, seller_bank_bic, hs_code, goods_name, perishable, purpose, net_kg, gross_kg,
        pieces, value_minor, currency, ticket_count, entered_at, business_on, state, lane,
        submitted_at, clock_started_at, release_due_at)
    SELECT lot_id, 'S-' || n, lot_id::text, 'group:SP-G001', 'SP-G001', $1, '7208', 'I', plate,
        plate, 'VN', 'VN', 'Sample Mong Cai 1', 'samplemongcai1', 'BFTVVNVX', '09062000', '肉桂',
        false, 'RESALE', 25, 25, 1, 25000, 'CNY', 25, now(), current_date, 'IN_INSPECTION', 'RED',
        now(), now(), now() + interval '1 s' * n
    FROM held
    """,
    """
    INSERT INTO screenings (screening_id, lot_id, port, business_on, lane, reasons, seed_id,
        draw_value, rate, selected, perishable, credit_level, rule_book_version, policy_version,
        order_id, screened_at)
    SELECT uuidv7(), lot_id, $1, current_date, 'RED', '{BENCH_INSPECTED}', uuidv7(), 0.5, 0, false,
        false, 'ORDINARY', 1, 1, order_id, now()
    FROM held
    """,
    """
    INSERT INTO inspection_orders (order_id, lot_id, port, lane, method_ordered, perishable,
        business_on, state, round, draw_no, officers, bay, opened_at, staffed_at, due_at)
    SELECT order_id, lot_id, $1, 'RED', 'OUTER', false, current_date, 'ASSIGNED', 1, 1,
        ARRAY[$2, $3], 'B1', now(), now(), now() + interval '1 s' * n
    FROM held
    """,
    """
    INSERT INTO cases (case_id, kind, seq, head, xid, version, opened_at, state, holder, reference,
        port, lot_id, readers)
    SELECT order_id, 'ins', 1, sha256('x'), pg_current_xact_id(), 1, now(), 'ASSIGNED', 'customs',
        'S-' || n, $1, lot_id, ARRAY['officers:' || $1]
    FROM held
    """,
    """
    INSERT INTO cases (case_id, kind, seq, head, xid, version, opened_at, state, holder, reference,
        port, lot_id, readers)
    SELECT lot_id, 'lot', 1, sha256('x'), pg_current_xact_id(), 1, now(), 'IN_INSPECTION',
        'customs', 'S-' || n, $1, lot_id, ARRAY['officers:' || $1, 'gates:' || $1]
    FROM held
    """,
    "VACUUM ANALYZE",
)
_VALUES: Final = (1, 1, 1, 3, 1, 1, 0)
"""How many of the values each statement takes, from the port on; the first takes the count."""


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in at the screens, whose token asks the interface too."""

    app: ASGIApp
    http: httpx2.AsyncClient
    bearer: str
    session: str
    form_token: str

    async def asks(self, path: str, **params: Any) -> httpx2.Response:
        """The interface."""
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return taken(await self.http.get(path, params=params, headers=headers))

    async def posts(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """An act by the interface."""
        headers = {"Authorization": f"Bearer {self.bearer}", "Idempotency-Key": uuid4().hex}
        return taken(await self.http.post(path, json=body, headers=headers))

    async def opens(self, path: str) -> httpx2.Response:
        """A page."""
        return taken(await self.http.get(path, headers={"Cookie": self.session}))

    async def sends(self, path: str, **form: Any) -> httpx2.Response:
        """A form, as a browser does."""
        headers = {"Cookie": self.session, "Sec-Fetch-Site": "same-origin"}
        form["data"] = {"form_token": self.form_token, **form.get("data", {})}
        return taken(await self.http.post(path, headers=headers, **form))

    def stream(self) -> AsyncIterator[bytes]:
        """The interface's stream of everything that this person may see."""
        bearer = {"authorization": f"Bearer {self.bearer}"}
        return Calls(Interface.within(self.app), bearer).stream("/window/v1/stream")

    def live(self) -> AsyncIterator[bytes]:
        """What keeps an open page live."""
        cookie = {"cookie": self.session}
        return Calls(Interface.within(self.app), cookie).stream("/portal/live")


def taken(answer: httpx2.Response) -> httpx2.Response:
    """The answer. Raises LocalError when the window refused."""
    if answer.status_code not in (200, 201, 303):
        raise LocalError(f"The window answered {answer.status_code} to the bench: {answer.text}")
    return answer


@dataclass
class Counted:
    """An interface that counts what it is asked."""

    inner: ASGIApp
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and have it answered."""
        if scope["type"] == "http":
            self.asked.append(scope["path"])
        await self.inner(scope, receive, send)


@dataclass(frozen=True)
class Hall:
    """A whole window with its screens, in this process and called without a network."""

    ground: Ground
    assembly: Assembly
    app: ASGIApp
    http: httpx2.AsyncClient
    counted: Counted

    def visitor(self, role: str, party: str, **at: str) -> Visitor:
        """Somebody who has just signed in."""
        settings = self.assembly.settings
        keys = settings.keys("portal_key") or (settings.key("portal_key"),)
        keeper = Keeper(keys, encrypted=self.assembly.front.is_encrypted)
        bearer = token(self.ground.key, role=role, party=party, subject=party, hours=4, **at)
        kept, session = Response(), Session.begun(bearer, "")
        keeper.keep(kept, session)
        cookie = kept.headers["set-cookie"].partition(";")[0]
        return Visitor(self.app, self.http, bearer, cookie, keeper.form_token(session))


@asynccontextmanager
async def hall(ground: Ground) -> AsyncIterator[Hall]:
    """The window, until the block ends."""
    assembly = Assembly.create(settings_of(ground.home))
    counted = Counted(all_in_one(assembly))
    app = Screens(counted, assembly, issuer=create_issuer(ground.home, ground.key))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        yield Hall(ground, assembly, app, http, counted)
    await assembly.close()


async def open_orders(ground: Ground, count: int, officers: tuple[str, str]) -> None:
    """So many open orders of one port, each these two officers', behind everybody's back."""
    sql = await asyncpg.connect(ground.endpoints.database_url)
    await sql.execute(_LOAD[0], count)
    for statement, values in zip(_LOAD[1:], _VALUES[1:], strict=True):
        await sql.execute(statement, *(PORT, *officers)[:values], timeout=600)
    await sql.close()


def must_be(is_so: bool) -> None:
    """Raises LocalError where a page is not the one that is to be measured."""
    if not is_so:
        raise LocalError("A page of the bench does not show what is to be measured.")
