"""Market and settlement as their callers meet them: apps, worker and relay over real servers."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
from joserfc.jwk import OKPKey
from temporalio.client import Client

from deploy.sandbox.bank import SandboxBank, SignedClient
from deploy.sandbox.book import Book
from deploy.sandbox.token import token
from services.declaration.domain.events import LotReleased
from services.declaration.domain.states import LOT, LotState
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.platform.database import Database
from services.platform.relay import Relay
from services.platform.roles import DUTIES
from services.settlement.api import SettlementServices
from services.settlement.domain.model import RELEASED_STATES
from tests.support.keys import keyed
from tests.support.log import events_of, say
from tests.support.on_file import signatory_file
from tests.support.patience import LOOKS
from tests.support.reading import signed
from tests.support.tells import copied_tells, tells_go_out, tells_rest

ORIGIN = "http://settlement"
BICS = ("TSTACNBJ", "TSTBCNBJ", "TSTCCNBJ", "TSTDCNBJ")
API = "/settlement/v1"
MARKET = "/market/v1"


@dataclass
class Bench:
    """Everything that a test of the market or of settlement touches."""

    http: httpx2.AsyncClient
    services: SettlementServices
    temporal: Client
    sql: asyncpg.Pool
    issuer: OKPKey
    book: Book
    keys: dict[str, OKPKey]
    relay: Relay
    relay_database: Database
    prices: Database
    """As the market reads and writes its prices."""
    group: str = field(default_factory=lambda: f"TS-{uuid4().hex[:8]}")
    _relaying: asyncio.Task[None] | None = None

    async def relay_start(self) -> None:
        """From now on whoever is told hears of it."""
        await tells_go_out(self.sql)
        self._relaying = asyncio.create_task(self.relay.run(self.temporal))

    async def relay_stop(self) -> None:
        """From now on what is told stays where it was written, whoever else has a relay."""
        await tells_rest(self.sql)
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
        """A request by a role, to settlement or to the market; POSTs carry a fresh key, and what
        they sign is read before."""
        bearer = self.bearer(role, party or self.party_of(role), subject)
        headers = {"Authorization": f"Bearer {bearer}", **how.pop("headers", {})}
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid4().hex
        address = path if path.startswith(MARKET) else f"{API}{path}"
        return await signed(
            address,
            lambda upon: self.http.request(method, address, headers={**headers, **upon}, **how),
            lambda place: self.http.get(place, headers=headers),
        )

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

    async def bought(self, lot_id: str) -> None:
        """A factory bought the lot, put there as the second market would, but for its order and
        its ticket: the bench has neither."""
        purchase = uuid4()
        async with self.sql.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(
                "INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code,"
                " net_kg, price_minor, currency, bought_at)"
                " VALUES ($1, $2, $3, '4506960009', '080131', 100, 1, 'CNY', now())",
                purchase,
                uuid4(),
                UUID(hex=lot_id[4:]),
            )
            await connection.execute(
                "INSERT INTO purchase_incomes (purchase_id, ticket_id, resident_id, net_kg,"
                " proceeds_minor, cost_minor, currency) VALUES ($1, $2, $3, 100, 1, 1, 'CNY')",
                purchase,
                uuid4(),
                uuid4(),
            )

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
        """The instruction once it is in one of these states, as an auditor sees it: of a hold its
        payer hears late."""
        for _ in range(LOOKS):
            found = await self.read(instruction_id, role="auditor", party="auditor:A1")
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

    async def list_name(self, name: str, kind: str = "NAME") -> None:
        """Put somebody on the list of each bank, so that whichever is to pay finds him."""
        for bic in BICS:
            entry = {"list_name": "UN", "reference": uuid4().hex, "kind": kind, "value": name}
            bank = {"role": "bank_compliance", "party": f"bank:{bic}"}
            added = await self.call("POST", "/screening-entries", **bank, json=entry)
            assert added.status_code == 201, added.text

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
        return await events_of(self.sql, case)

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
