"""What a screen costs beside the interface that it reads, over many open cases, in one process."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import cycle, islice
from statistics import median
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx2
from lxml import html
from starlette.responses import Response

from deploy.bench.figures import Figures
from deploy.bench.ground import PORT, Ground, Resident, lot_body
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import LocalError
from deploy.operate.screens import Screens
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from deploy.sandbox.issuer import create_issuer
from deploy.sandbox.token import token
from services.kernel.identifiers import new_id
from services.portal.sessions import Keeper, Session

CASES: Final = 100_000
_READS: Final = 40
_LOTS: Final = 20
_SHARES: Final = 27
_PLATE: Final = "桂S77777"
_OF_THE_LOT: Final = (
    *("reference", "port", "customs_office", "vehicle_plate", "foreign_plate", "entered_at"),
    *("origin", "shipped_from", "seller", "seller_bank_bic", "hs_code", "goods_name"),
    *("net_kg", "gross_kg", "pieces", "value"),
)
_HEADS: Final = {"net_kg": "lot_net_kg", "value": "lot_value"}
"""What the file calls the lot's own weight and value, beside those of its shares."""

# Open orders of one port, each two officers', one of them whose inbox is read.
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
    SELECT lot_id, 'S-' || n, 's-' || n, 'group:SP-G001', 'SP-G001', $1, '7208', 'I', plate, plate,
        'VN', 'VN', 'Sample Mong Cai 1', 'samplemongcai1', 'BFTVVNVX', '09062000', '肉桂', false,
        'RESALE', 25, 25, 1, 25000, 'CNY', 25, now(), current_date, 'IN_INSPECTION', 'RED', now(),
        now(), now() + interval '1 s' * n
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
        business_on, state, round, draw_no, officers, bay, opened_at, staffed_at)
    SELECT order_id, lot_id, $1, 'RED', 'OUTER', false, current_date, 'ASSIGNED', 1, 1,
        ARRAY[$2, $3], 'B1', now(), now()
    FROM held
    """,
    """
    INSERT INTO cases (case_id, kind, seq, head, xid, version, opened_at, state, holder, reference,
        port, lot_id, readers)
    SELECT order_id, 'ins', 1, sha256('x'), pg_current_xact_id(), 1, now(), 'ASSIGNED', 'customs',
        'S-' || n, $1, lot_id, ARRAY['officers:' || $1]
    FROM held
    """,
    "VACUUM ANALYZE",
)
_VALUES: Final = (1, 1, 1, 3, 1, 0)
"""How many of the values each statement takes, from the port on; the first takes the count."""


def screens_vs_api(ground: Ground, figures: Figures, rounds: int) -> None:
    """An officer's inbox, the gate's page and lots from a file, beside the same by the interface.

    Raises LocalError where a page is not the one that is to be measured.
    """
    asyncio.run(_screens_vs_api(ground, figures, rounds))


@dataclass(frozen=True)
class _Visitor:
    """Somebody signed in at the screens, whose token asks the interface too."""

    http: httpx2.AsyncClient
    bearer: str
    session: str
    form_token: str

    async def asks(self, path: str, **params: Any) -> httpx2.Response:
        """The interface."""
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return _taken(await self.http.get(path, params=params, headers=headers))

    async def opens(self, path: str) -> httpx2.Response:
        """A page."""
        return _taken(await self.http.get(path, headers={"Cookie": self.session}))

    async def sends(self, path: str, **form: Any) -> httpx2.Response:
        """A form, as a browser does."""
        headers = {"Cookie": self.session, "Sec-Fetch-Site": "same-origin"}
        form["data"] = {"form_token": self.form_token, **form.get("data", {})}
        return _taken(await self.http.post(path, headers=headers, **form))


def _taken(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code not in (200, 201, 303):
        raise LocalError(f"The window answered {answer.status_code} to the bench: {answer.text}")
    return answer


async def _screens_vs_api(ground: Ground, figures: Figures, rounds: int) -> None:
    officer, another = new_id("ofc"), new_id("ofc")
    sql = await asyncpg.connect(ground.endpoints.database_url)
    await sql.execute(_LOAD[0], CASES)
    for statement, count in zip(_LOAD[1:], _VALUES[1:], strict=True):
        await sql.execute(statement, *(PORT, officer, another)[:count], timeout=600)
    await sql.close()
    assembly = Assembly.create(settings_of(ground.home))
    app = Screens(all_in_one(assembly), assembly, issuer=create_issuer(ground.home, ground.key))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        at_port = {"port": PORT}
        inbox = _visitor(ground, assembly, http, "officer", f"officer:{officer}", **at_port)
        gate = _visitor(ground, assembly, http, "gate", "gate:G1", **at_port)
        people = cycle(ground.members())
        clerk = _visitor(ground, assembly, http, "clerk", f"group:{ground.members()[0].group}")
        for _ in range(rounds):
            await _inbox(inbox, figures)
            await _gate(gate, figures)
            await _file(clerk, figures, people)
    await assembly.close()


def _visitor(
    ground: Ground, assembly: Assembly, http: httpx2.AsyncClient, role: str, party: str, **at: str
) -> _Visitor:
    settings = assembly.settings
    keys = settings.keys("portal_key") or (settings.key("portal_key"),)
    keeper = Keeper(keys, encrypted=assembly.front.is_encrypted)
    bearer = token(ground.key, role=role, party=party, subject=party, hours=4, **at)
    kept, session = Response(), Session.begun(bearer, "")
    keeper.keep(kept, session)
    cookie = kept.headers["set-cookie"].partition(";")[0]
    return _Visitor(http, bearer, cookie, keeper.form_token(session))


async def _inbox(officer: _Visitor, figures: Figures) -> None:
    async def read() -> None:
        asked = {"open": True, "mine": True, "limit": 100}
        found = (await officer.asks("/inspection/v1/orders", **asked)).json()
        _full(len(found["items"]) == asked["limit"])

    async def page() -> None:
        _full("S-100" in (await officer.opens("/portal/?list=mine")).text)

    by_api, by_screen = await _median_s(read), await _median_s(page)
    figures.ratio("inbox_vs_api", by_screen / by_api)
    figures.absolute("inbox_of_100k_by_api_ms", by_api * 1000)
    figures.absolute("inbox_of_100k_ms", by_screen * 1000)


async def _gate(gate: _Visitor, figures: Figures) -> None:
    async def read() -> None:
        asked = {"plate": _PLATE, "order": "newest", "limit": 20}
        found = (await gate.asks("/declaration/v1/lots", **asked)).json()
        _full(len(found["items"]) == 1)

    async def page() -> None:
        _full("S-77777" in (await gate.opens(f"/portal/?q={_PLATE}")).text)

    by_api, by_screen = await _median_s(read), await _median_s(page)
    figures.ratio("gate_vs_api", by_screen / by_api)
    figures.absolute("gate_page_ms", by_screen * 1000)


async def _median_s(measured: Callable[[], Awaitable[None]]) -> float:
    took = []
    for _ in range(_READS):
        began = time.perf_counter()
        await measured()
        took.append(time.perf_counter() - began)
    return median(took)


async def _file(clerk: _Visitor, figures: Figures, people: Iterator[Resident]) -> None:
    """Lots by one file, looked through and declared, ÷ as many by POST, in lots a second."""
    began = time.perf_counter()
    for lot in _lots(people):
        headers = {"Authorization": f"Bearer {clerk.bearer}", "Idempotency-Key": uuid4().hex}
        _taken(await clerk.http.post("/declaration/v1/lots", json=lot, headers=headers))
    by_post = time.perf_counter() - began
    table = _table(_lots(people))
    began = time.perf_counter()
    file = {"file": ("lots.csv", table, "text/csv")}
    checked = await clerk.sends("/portal/lots/file", files=file)
    form = html.fromstring(checked.text).xpath("//form[@action='/portal/lots/file/declaration']")
    _full(len(form) == 1)
    fields: dict[str, Any] = {}
    for field in form[0].xpath(".//input[@name]"):
        fields.setdefault(field.get("name"), []).append(field.get("value"))
    _full(len(fields["lot"]) == _LOTS)
    done = await clerk.sends("/portal/lots/file/declaration", data=fields)
    _full(done.status_code == httpx2.codes.SEE_OTHER)
    by_file = time.perf_counter() - began
    figures.ratio("lots_by_file_vs_post", by_post / by_file)
    figures.absolute("lots_by_file_per_s", _LOTS / by_file)


def _lots(people: Iterator[Resident]) -> list[dict[str, Any]]:
    return [
        lot_body(list(islice(people, _SHARES)), by_phone=False) | {"purpose": "RESALE"}
        for _ in range(_LOTS)
    ]


def _table(lots: Sequence[dict[str, Any]]) -> str:
    written = StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(
        [*(_HEADS.get(name, name) for name in _OF_THE_LOT), "resident_no", "net_kg", "value"]
    )
    for lot in lots:
        own = [lot[name] for name in _OF_THE_LOT]
        for share in lot["tickets"]:
            rows.writerow([*own, share["resident_no"], share["net_kg"], share["value"]])
    return written.getvalue()


def _full(is_so: bool) -> None:
    if not is_so:
        raise LocalError("A page of the bench does not show what is to be measured.")
