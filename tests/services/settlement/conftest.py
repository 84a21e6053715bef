"""The settlement service as its callers meet it: its app, worker and relay over real servers."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from joserfc.jwk import OKPKey
from sqlalchemy.engine import make_url
from temporalio.client import Client

from deploy.operate.assembly import register_search_attributes
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.sandbox.bank import SandboxBank, SignedClient
from deploy.sandbox.book import Book
from deploy.sandbox.token import AUDIENCE, ISSUER, token
from services.declaration.domain.events import LotReleased
from services.declaration.domain.states import LOT, LotState
from services.kernel.canonical import number_key
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.platform import temporal
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.bell import Bell
from services.platform.database import Database
from services.platform.front import Front
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.roles import DUTIES
from services.platform.tail import Tail
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from services.settlement.api import SettlementServices
from services.settlement.api.official import official_schemas
from services.settlement.domain.model import RELEASED_STATES
from services.settlement.service import MANIFEST
from services.settlement.worker import create_worker
from tests.support.keys import keyed
from tests.support.log import say
from tests.support.on_file import seller_filed, signatory_file
from tests.support.tells import copied_tells, copy_tells
from workflows.kinds import KINDS

SCHEMAS = Path(__file__).parents[4] / "shared" / "iso20022"
ORIGIN = "http://settlement"
BICS = ("TSTACNBJ", "TSTBCNBJ", "TSTCCNBJ", "TSTDCNBJ")
API = "/settlement/v1"


@dataclass
class Bench:
    """Everything a settlement test touches."""

    http: httpx2.AsyncClient
    services: SettlementServices
    temporal: Client
    sql: asyncpg.Pool
    issuer: OKPKey
    book: Book
    keys: dict[str, OKPKey]
    relay: Relay
    relay_database: Database
    group: str = field(default_factory=lambda: f"TS-{uuid4().hex[:8]}")
    _relaying: asyncio.Task[None] | None = None

    def relay_start(self) -> None:
        """From now on whoever is told hears of it."""
        self._relaying = asyncio.create_task(self.relay.run(self.temporal))

    async def relay_stop(self) -> None:
        """From now on what is told stays where it was written."""
        if self._relaying is not None:
            self._relaying.cancel()
            with suppress(asyncio.CancelledError):
                await self._relaying

    def bearer(self, role: str, party: str, subject: str | None = None) -> str:
        """A token of a role for a party."""
        port = "DONGXING" if DUTIES[role].at_a_port else None
        return token(self.issuer, role=role, party=party, subject=subject or party, port=port)

    def party_of(self, role: str) -> str:
        """Some party that a role acts for; of clerks the bench's own group."""
        kind = DUTIES[role].party_kind
        return f"group:{self.group}" if kind == "group" else f"{kind}:TST"

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: str = "clerk",
        party: str | None = None,
        subject: str | None = None,
        key: str | None = None,
        **how: Any,
    ) -> httpx2.Response:
        """A request by a role; POSTs carry a fresh idempotency key."""
        bearer = self.bearer(role, party or self.party_of(role), subject)
        headers = {"Authorization": f"Bearer {bearer}", **how.pop("headers", {})}
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid4().hex
        return await self.http.request(method, f"{API}{path}", headers=headers, **how)

    async def lot(self, value: str = "7934.00", *, state: str = "RELEASED", **changes: Any) -> str:
        """A lot of the bench's group, put there as the declaration service would."""
        lot_id = new_uuid()
        row = {
            "lot_id": lot_id,
            "reference": lot_id.hex[:24],
            "submitted_by": f"group:{self.group}",
            "group_code": self.group,
            "port": "DONGXING",
            "customs_office": "7208",
            "direction": "I",
            "vehicle_plate": "桂P12345",
            "origin": "VN",
            "shipped_from": "VN",
            "seller": "Settlement Test Seller",
            "seller_bank_bic": "BFTVVNVX",
            "hs_code": "08013100",
            "goods_name": "带壳腰果",
            "perishable": False,
            "purpose": "RESALE",
            "net_kg": 100,
            "gross_kg": 110,
            "pieces": 1,
            "value_minor": int(value.replace(".", "")),
            "currency": "CNY",
            "ticket_count": 1,
            "entered_at": datetime.now(UTC),
            "business_on": datetime.now(UTC).date(),
            "state": state,
            "submitted_at": datetime.now(UTC),
            "released_at": datetime.now(UTC) if state in RELEASED_STATES else None,
            **changes,
        }
        row = keyed(row)
        names = ", ".join(row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.sql.execute(f"INSERT INTO lots ({names}) VALUES ({places})", *row.values())
        case = show("lot", lot_id)
        header = Header(
            state=state,
            holder=LOT.holder(LotState(state)),
            lot=case,
            readers=(row["submitted_by"],),
        )
        opening = LotReleased(lane="GREEN", in_time=True)
        await say(self.sql, case, opening, step="release", header=header)
        return case

    async def instruct(self, lot_id: str, amount: str = "7934.00", **body: Any) -> httpx2.Response:
        """Instruct the payment of a lot as the group's clerk."""
        how = {k: body.pop(k) for k in ("role", "party", "subject", "key") if k in body}
        request = {
            "client_reference": uuid4().hex,
            "lot_id": lot_id,
            "amount": amount,
            "currency": "CNY",
            "pay_currency": "CNY",
            "purpose_code": "GOD",
            **body,
        }
        return await self.call("POST", "/instructions", json=request, **how)

    async def start(self, lot_id: str, amount: str = "7934.00", **body: Any) -> str:
        """Instruct; its case is started by the relay."""
        answer = await self.instruct(lot_id, amount, **body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["instruction_id"])

    async def read(self, instruction_id: str, **how: Any) -> dict[str, Any]:
        """An instruction as its clerk sees it."""
        answer = await self.call("GET", f"/instructions/{instruction_id}", **how)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def inside(self, instruction_id: str) -> dict[str, Any]:
        """An instruction as its bank's compliance sees it."""
        bic = (await self.read(instruction_id))["bank_bic"]
        return await self.read(instruction_id, role="bank_compliance", party=f"bank:{bic}")

    async def until(self, instruction_id: str, *states: str) -> dict[str, Any]:
        """The instruction once it is in one of these states."""
        for _ in range(400):
            found = await self.read(instruction_id)
            if found["state"] in states:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{instruction_id} is {found['state']}, not {states}: {found}")

    def signed(self, bic: str, *, key: OKPKey | None = None) -> SignedClient:
        """A bank's signed client."""
        bearer = self.bearer("bank", f"bank:{bic}")
        return SignedClient(self.http, bic, bearer, key or self.keys[bic])

    async def bank(self, bic: str) -> SandboxBank:
        """A sandbox bank on the shared book."""
        bank = SandboxBank(self.signed(bic), self.book)
        await bank.open()
        return bank

    async def on_file(self, bic: str, *persons: str, duty: str = "compliance") -> None:
        """File persons as signatories of a bank."""
        for person in persons:
            await signatory_file(self.sql, f"bank:{bic}", person, duty)

    async def sign_hold(
        self,
        instruction_id: str,
        person: str,
        act: str = "release",
        *,
        on_file: bool = True,
        **how: Any,
    ) -> httpx2.Response:
        """A person of the paying bank's compliance signs."""
        bic = (await self.read(instruction_id))["bank_bic"]
        if on_file:
            await self.on_file(bic, person)
        return await self.call(
            "POST",
            f"/instructions/{instruction_id}/compliance",
            role="bank_compliance",
            party=f"bank:{bic}",
            subject=person,
            json={"act": act, "remark": "looked at the contract"},
            **how,
        )

    async def told(self) -> list[tuple[str, bool]]:
        """Whom acts have told since nobody hears it, and whether a case is to be opened."""
        return await copied_tells(self.sql)

    async def drawn(self, lot_id: str) -> int:
        """What is drawn of a lot, in minor units."""
        found = await self.sql.fetchval(
            "SELECT reserved_minor + paid_minor FROM drawdowns WHERE lot_id = $1",
            UUID(hex=lot_id[4:]),
        )
        return int(found or 0)

    async def events(self, case: str) -> list[str]:
        """The types of a case's events, in order."""
        rows = await self.sql.fetch(
            "SELECT type FROM events WHERE case_id = $1 ORDER BY seq", UUID(hex=case[4:])
        )
        return [row["type"] for row in rows]

    async def ledger(self, instruction_id: str) -> list[str]:
        """The kinds of ledger transactions of an instruction, in order."""
        rows = await self.sql.fetch(
            "SELECT kind FROM ledger_transactions WHERE case_id = $1 ORDER BY booked_at",
            UUID(hex=instruction_id[4:]),
        )
        return [row["kind"] for row in rows]

    async def posted(self, instruction_id: str, layer: str = "POSTED") -> dict[str, int]:
        """Net sums of an instruction by account in a layer, without zeros."""
        rows = await self.sql.fetch(
            "SELECT a.code || ' ' || p.currency AS account, sum(p.amount_minor)::bigint AS minor"
            " FROM ledger_postings p JOIN ledger_accounts a USING (account_id)"
            " JOIN ledger_transactions t USING (transaction_id)"
            " WHERE t.case_id = $1 AND p.layer = $2"
            " GROUP BY 1 HAVING sum(p.amount_minor) <> 0 ORDER BY 1",
            UUID(hex=instruction_id[4:]),
            layer,
        )
        return {row["account"]: row["minor"] for row in rows}


@pytest.fixture(scope="session")
async def session_bench(stack: Endpoints, stack_home: Path) -> AsyncIterator[Bench]:
    home = DataDirectory(stack_home)
    secrets = json.loads((stack_home / "secrets.json").read_text())

    def database(role: str) -> Database:
        url = make_url(stack.database_url).set(
            drivername="postgresql",
            username=role,
            password=secrets["database_passwords"][role],
        )
        return Database(url.render_as_string(hide_password=False), role=role)

    client = await temporal.connect(stack.temporal_address, stack.temporal_namespace)
    await register_search_attributes(client)
    settlement, relay_database = database("tw_settlement"), database("tw_relay")
    bell = Bell(relay_database)
    relay = Relay(relay_database, KINDS, bell)
    settlement.committed = bell.ring
    official = official_schemas(SCHEMAS if SCHEMAS.is_dir() else None)
    services = SettlementServices(
        database=settlement,
        authenticator=Authenticator.from_file(
            stack_home / "issuer.jwk", issuer=ISSUER, audience=AUDIENCE
        ),
        receipts=Receipts(base64.b64decode(secrets["receipt_key"])),
        vault=Vault(
            field_key=base64.b64decode(secrets["field_key"]),
            hash_key=base64.b64decode(secrets["hash_key"]),
        ),
        policy=PolicyCache(),
        waiting=WaitingRoom(Tail(settlement, bell)),
        official=official,
    )
    pool = await asyncpg.create_pool(stack.database_url, min_size=0, max_size=8)
    keys = {bic: OKPKey.generate_key("Ed25519") for bic in BICS}
    app = MANIFEST.app(services, front=Front(origin=ORIGIN))
    book = Book()
    async with (
        create_worker(client, settlement),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=ORIGIN,
            timeout=30,
        ) as http,
    ):
        made = Bench(
            http, services, client, pool, home.issuer_key(), book, keys, relay, relay_database
        )
        made.relay_start()
        yield made
        await made.relay_stop()
    await book.close()
    await pool.close()
    await services.waiting.tail.close()
    await bell.close()
    await settlement.close()
    await relay_database.close()


@pytest.fixture
async def bench(session_bench: Bench) -> AsyncIterator[Bench]:
    """The bench with its own group and banks on the rota, and a market without prices."""
    sql, group = session_bench.sql, f"TS-{uuid4().hex[:8]}"
    session_bench.group = group
    others = await sql.fetch(
        "SELECT bic, rota_order FROM banks WHERE rota_order IS NOT NULL AND bic NOT LIKE 'TST%'"
    )
    await sql.execute("UPDATE banks SET rota_order = NULL")
    for order, bic in enumerate(BICS, 1):
        await sql.execute(
            "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
            " VALUES ($1, $2, $3, $4, '{CNY,VND}') ON CONFLICT (bic) DO UPDATE"
            " SET rota_order = excluded.rota_order, public_key = excluded.public_key",
            bic,
            f"Test bank {order}",
            json.dumps(session_bench.keys[bic].as_dict(private=False)),
            order,
        )
    await seller_filed(sql, "Settlement Test Seller", code="SELLER-SETTLE")
    await sql.execute(
        "INSERT INTO groups (group_code, name, kind, port, code_key)"
        " VALUES ($1, $2, 'mutual_aid', 'DONGXING', $3)",
        group,
        f"结算测试组{group}",
        number_key(group),
    )
    await sql.execute("DELETE FROM bank_quotes")
    await sql.execute("DELETE FROM bank_absences")
    await _without_prices(sql)
    yield session_bench
    await _without_prices(sql)
    await sql.execute("UPDATE banks SET rota_order = NULL WHERE bic LIKE 'TST%'")
    for row in others:
        await sql.execute(
            "UPDATE banks SET rota_order = $2 WHERE bic = $1", row["bic"], row["rota_order"]
        )


@pytest.fixture
async def asleep(bench: Bench) -> AsyncIterator[Bench]:
    """The bench while nobody delivers what is told: no case is started, no engine is asked."""
    await bench.relay_stop()
    await copy_tells(bench.sql)
    yield bench
    bench.relay_start()


async def _without_prices(sql: asyncpg.Pool) -> None:
    """Firm quotes keep their price, so what was published is put where no test looks."""
    await sql.execute(
        "UPDATE pooled_prices SET valid_from = '2100-01-01', valid_until = '2100-01-02'"
    )
