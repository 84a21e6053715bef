"""The life of a case of each kind, from its opening to its end, with every step nobody asks for.

Acts are asked for over HTTP. What another service or a calendar brings is put on record and told.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import uuid4

import asyncpg
from joserfc.jwk import OKPKey
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from deploy.sandbox.bank import SignedClient
from deploy.sandbox.parties import Party
from deploy.sandbox.token import token
from services.accreditation.domain.rules.score import standards_for
from services.kernel.clock import business_day
from services.kernel.identifiers import case_uuid
from services.kernel.money import Money
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from tests.support.facts import paid, sold, told
from tests.support.harbour import PASSED, SMUGGLED, Harbour, open_port
from tests.support.mortals import Place
from tests.support.on_file import officer_filed, officer_knows, rota_begun, seller_filed
from tests.support.patience import sooner_or_later

LOTS: Final = "/declaration/v1/lots"
AEO: Final = "/accreditation/v1/accreditations"
BOOKS: Final = "/processing/v1/books"
PAYMENTS: Final = "/settlement/v1/instructions"
MET: Final = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
BANK: Final = "TSTCCNBJ"
NINE_DAYS: Final = timedelta(days=9)
_COUNTED: Final = (
    "SELECT 'quota', sum(reserved_minor), sum(consumed_minor) FROM quota_days"
    " UNION ALL SELECT 'drawn', sum(reserved_minor + paid_minor), count(*) FROM drawdowns"
    " UNION ALL SELECT 'paid', sum(paid_minor), count(*) FROM settlement_instructions"
    " UNION ALL SELECT 'messages', count(*), count(DISTINCT instruction_id) FROM bank_messages"
    " UNION ALL SELECT kind, count(*), 0 FROM ledger_transactions GROUP BY kind"
    " UNION ALL SELECT layer || ' ' || (amount_minor > 0), sum(amount_minor), count(*)"
    " FROM ledger_postings GROUP BY layer, amount_minor > 0"
)

_AWAY: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
)
_KEYS: Final = {
    "lots": "lot_id",
    "accreditations": "aeo_id",
    "books": "book_id",
    "bank_messages": "instruction_id",
    "settlement_instructions": "instruction_id",
}
T = TypeVar("T")
Sums = Mapping[str, tuple[int, int]]


@dataclass
class Life:
    """Cases of one kind on their way, in a port of their own."""

    place: Place
    cases: list[str] = field(default_factory=list)
    """Every case of it so far, in the order in which they were opened."""
    by_itself: bool = True
    """Whether its runs end by themselves. One that a stranger ended is not started again only to
    find that its case has ended on record meanwhile."""

    @property
    def harbour(self) -> Harbour:
        return self.place.harbour

    def known(self, case: str) -> str:
        """A case belongs to it from now on."""
        self.cases.append(case)
        return case

    async def came(self, event: str, case: str, ago: timedelta, *days: str) -> None:
        """A calendar brings days of a case (``table.column``): what it does then is heard.

        They are put back, for what is on record is compared with the log in the end.
        """
        kept = [(day, await self._day(case, day)) for day in days]
        for day, on in kept:
            await self._put(case, day, on, on - ago)
        await self.tell(case)
        await self.heard(case, event)
        for day, on in reversed(kept):
            await self._put(case, day, on - ago, on)

    async def _day(self, case: str, day: str) -> Any:
        table, _, column = day.partition(".")
        statement = f"SELECT {column} FROM {table} WHERE {_KEYS[table]} = $1"
        return await insisted(lambda: self.place.sql.fetchval(statement, case_uuid(case)))

    async def _put(self, case: str, day: str, was: object, on: object) -> None:
        """A day is another, unless a step has set it anew."""
        table, _, column = day.partition(".")
        which = f"{_KEYS[table]} = $1 AND {column} = $2"
        statement = f"UPDATE {table} SET {column} = $3 WHERE {which}"
        await insisted(lambda: self.place.sql.execute(statement, case_uuid(case), was, on))

    async def tell(self, case: str) -> None:
        """The case is told to look."""
        await insisted(lambda: told(self.place.sql, case))

    async def heard(self, case: str, event: str, times: int = 1) -> None:
        """The record says it, so many times."""

        async def said() -> bool:
            found = await insisted(lambda: self.harbour.events(case))
            return found.count(event) >= times

        await sooner_or_later(said)

    async def at_an_end(self) -> None:
        """The engine runs none of its cases any more."""
        for case in self.cases:

            async def over(case: str = case) -> bool:
                try:
                    found = await self.place.client.get_workflow_handle(case).describe()
                except RPCError:
                    return False
                if self.by_itself:
                    return found.status == WorkflowExecutionStatus.COMPLETED
                return found.status != WorkflowExecutionStatus.RUNNING

            await sooner_or_later(over)


async def insisted(work: Callable[[], Awaitable[T]]) -> T:
    """Done as soon as the database answers: it may be one of those that die."""
    while True:
        try:
            return await work()
        except _AWAY:
            await asyncio.sleep(0.1)


async def money(place: Place) -> dict[str, tuple[int, int]]:
    """Every sum that is counted anywhere."""
    rows = await place.sql.fetch(_COUNTED)
    return {row[0]: (int(row[1] or 0), int(row[2] or 0)) for row in rows}


def _moved(before: Sums, after: Sums) -> dict[str, tuple[int, int]]:
    """What has become more or less."""
    first = {name: before.get(name, (0, 0)) for name in after}
    moved = {n: (a - first[n][0], b - first[n][1]) for n, (a, b) in after.items()}
    return {name: sums for name, sums in moved.items() if sums != (0, 0)}


@dataclass(frozen=True)
class Outcome:
    """What became of a life: each case's events in order, its version, and the money moved."""

    events: list[list[str]]
    steps: Counter[str]
    """Of them, what the window recorded of itself: how often."""
    versions: list[tuple[int, bool]]
    money: dict[str, tuple[int, int]]


async def begun(place: Place, kind: str = "lot") -> Life:
    """A life in a fresh port, with as many officers as that of the kind begins with."""
    officers = 1 if kind in ("ins", "aeo") else 4
    port = await open_port(place.harbour.window, officers=officers)
    return Life(replace(place, harbour=Harbour(place.harbour.window, port)))


async def lived(life: Life, kind: str) -> Outcome:
    """Let a case of a kind live from its opening to its end."""
    place = life.place
    before = await money(place)
    await LIVES[kind](life)
    await life.at_an_end()
    moved = _moved(before, await money(place))
    heads = [
        await place.sql.fetch(
            "SELECT version, ended_at IS NOT NULL AS ended FROM cases WHERE case_id = $1",
            case_uuid(case),
        )
        for case in life.cases
    ]
    events = [await life.harbour.events(case) for case in life.cases]
    taken = await place.sql.fetch(
        "SELECT type FROM events WHERE case_id = ANY($1) AND actor::jsonb ->> 'role' = 'system'",
        [case_uuid(case) for case in life.cases],
    )
    versions = [(head["version"], head["ended"]) for (head,) in heads]
    return Outcome(events, Counter(row["type"] for row in taken), versions, moved)


async def inspected(life: Life) -> tuple[str, str]:
    """A lot of red goods and its order, kept back."""
    group = await life.harbour.group()
    lot_id = life.known(await life.harbour.accepted(group, hs_code="96190000", values=["10.00"]))
    await group.clerk.post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": True})
    lot = await life.harbour.until(group.clerk, lot_id, "IN_INSPECTION")
    return lot_id, life.known(str(lot["order_id"]))


async def _lot(life: Life) -> None:
    """Kept back, late, released, taken away, sold and paid; another is seized, one lapses."""
    lot_id, order_id = await inspected(life)
    await life.came("ReleaseClockRanOut", lot_id, NINE_DAYS, "lots.release_due_at")
    await life.harbour.dispose(order_id, PASSED)
    await life.heard(lot_id, "LotReleased")
    await sold(life.place.sql, lot_id)
    await life.harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    await life.heard(lot_id, "LotSold")
    await paid(life.place.sql, lot_id)
    await life.tell(lot_id)
    await life.heard(lot_id, "LotClosed")
    lot_id, order_id = await inspected(life)
    await life.harbour.dispose(order_id, SMUGGLED)
    await life.heard(lot_id, "LotNotReleased")
    group = await life.harbour.group(mandated=False)
    lot_id = life.known(await life.harbour.accepted(group, values=["10.00"]))
    await life.came("SharesLapsed", lot_id, NINE_DAYS, "lots.shares_due_at")


async def _order(life: Life) -> None:
    """Short of officers, then staffed; it ends with its lot, which is withdrawn."""
    lot_id, order_id = await inspected(life)
    await life.heard(order_id, "InspectionUnstaffed")
    await life.harbour.hire()
    await life.tell(order_id)
    await life.heard(order_id, "InspectionStaffed")
    await life.harbour.let_go(order_id)
    await life.heard(order_id, "InspectionWithdrawn")
    await life.heard(lot_id, "LotNotReleased")


async def _accreditation(life: Life) -> None:
    """Short of examiners, late, certified; examined again after five years, and downgraded."""
    factory, harbour = await life.harbour.factory(), life.harbour
    desk = [await officer_filed(harbour.window.sql, harbour.port) for _ in range(2)]
    chief, deputy = map(harbour.officer, desk)
    applied = await factory.post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    aeo_id = life.known(applied["accreditation_id"])
    path = f"{AEO}/{aeo_id}"
    await chief.post(f"{path}/acceptance", {"accept": True})
    await factory.post(f"{path}/self-assessment", {"marks": MET})
    await life.heard(aeo_id, "ExaminersUnavailable")
    await harbour.hire()
    await life.tell(aeo_id)
    await life.heard(aeo_id, "ExaminersDrawn")
    await life.came(
        "AccreditationClockRanOut", aeo_id, timedelta(days=100), "accreditations.due_on"
    )

    async def decided(kind: str, marks: Mapping[str, str]) -> None:
        examiners = (await harbour.auditor.get(path))["examiners"]
        examiner, other = map(harbour.officer, examiners)
        report = {"marks": marks, "opinion": "seen on site"}
        await examiner.post(f"{path}/on-site-report", report)
        await other.post(f"{path}/on-site-report/countersignature", {"agree": True})
        for officer in desk:
            await officer_knows(harbour.window.sql, officer, "aeo")
        await chief.post(f"{path}/decision", {"kind": kind, "grounds": "g"})
        await deputy.post(f"{path}/countersignature", {"agree": True})

    await decided("CERTIFY", MET)
    # Never signed by a second officer: it falls with the re-examination.
    await chief.post(f"{path}/decision", {"kind": "SUSPEND", "grounds": "g"})
    for officer in desk:
        await officer_knows(harbour.window.sql, officer)
    await life.came(
        "ReexaminationFellDue", aeo_id, timedelta(days=2000), "accreditations.review_due_on"
    )
    await life.heard(aeo_id, "ExaminersDrawn", 2)
    await decided("FAIL", {**MET, "FI-1": "NOT_MET"})


async def book_opened(life: Life) -> tuple[Party, str]:
    """A factory and its book of ten days."""
    factory = await life.harbour.factory()
    today = business_day(datetime.now(UTC))
    period = {"period_from": f"{today}", "period_to": f"{today + timedelta(days=9)}"}
    return factory, life.known((await factory.post(BOOKS, period))["book_id"])


async def _book(life: Life) -> None:
    """Left open beyond its period, then closed."""
    factory, book_id = await book_opened(life)
    await life.came(
        "PeriodRanOut", book_id, timedelta(days=40), "books.period_from", "books.period_to"
    )
    await factory.post(f"{BOOKS}/{book_id}/closing", {"closing_kg": {}})


async def bank(place: Place) -> SignedClient:
    """The one bank of the rota, with a fresh key on file."""
    key, sql, window = OKPKey.generate_key("Ed25519"), place.sql, place.harbour.window
    await sql.execute("UPDATE banks SET rota_order = NULL WHERE bic <> $1", BANK)
    await sql.execute(
        "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
        " VALUES ($1, 'Test bank', $2, 1, '{CNY,VND}')"
        " ON CONFLICT (bic) DO UPDATE SET public_key = excluded.public_key",
        BANK,
        json.dumps(key.as_dict(private=False)),
    )
    await rota_begun(sql)
    await seller_filed(sql, "Sample Mong Cai 1", code="SELLER-CASES")
    party = f"bank:{BANK}"
    bearer = token(window.parties.key, role="bank", party=party, subject=party, port=None)
    return SignedClient(window.parties.http, BANK, bearer, key)


async def instructed(life: Life, lot_id: str, clerk: Party) -> str:
    """A payment of a released lot, offered to its bank."""
    payment = {
        "client_reference": lot_id[4:],
        "lot_id": lot_id,
        "amount": "100.00",
        "currency": "CNY",
        "pay_currency": "CNY",
        "purpose_code": "GOD",
    }
    return life.known((await clerk.post(PAYMENTS, payment))["instruction_id"])


async def said_paid(place: Place, payer: SignedClient, instruction_id: str) -> dict[str, Any]:
    """The bank says that it has paid; what became of its word."""
    waiting = (await payer.get("/settlement/v1/bank/messages")).json()["items"]
    (message,) = [item for item in waiting if item["instruction_id"] == instruction_id]
    said = Status(
        original_message=message["message_id"].removeprefix("msg_"),
        original_instruction=instruction_id.removeprefix("stl_"),
        code="ACSC",
        amount=Money.parse("100.00", "CNY"),
    )
    report = payment_status.built(
        message_ref=uuid4().hex, created_at=datetime.now(UTC), from_bic=payer.bic, statuses=[said]
    )
    answer = await payer.post("/settlement/v1/bank/statuses", report, "application/xml")
    assert answer.is_success, answer.text
    received: dict[str, Any] = answer.json()
    return received


async def _payment(life: Life) -> None:
    """Offered to a bank that is silent for a day, is asked again, and has paid; then its goods are
    seized after all."""
    payer, group = await bank(life.place), await life.harbour.group()
    lot_id = await life.harbour.released(group, values=["100.00"])
    stl_id = await instructed(life, lot_id, group.clerk)
    asked = ("bank_messages.offered_at", "settlement_instructions.offered_at")
    await life.came("SettlementEscalated", stl_id, timedelta(days=11), *asked)
    await said_paid(life.place, payer, stl_id)
    await life.heard(stl_id, "PaymentSettled")
    officer = life.harbour.officer(await life.harbour.hire())
    called = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "a broken seal"})
    order_id = life.known(called["order_id"])
    await life.heard(order_id, "InspectionStaffed")
    await life.harbour.dispose(order_id, {**SMUGGLED, "method": "FULL"})
    await life.heard(stl_id, "PaymentGoodsGone")


LIVES: Final[Mapping[str, Callable[[Life], Awaitable[None]]]] = {
    "lot": _lot,
    "ins": _order,
    "aeo": _accreditation,
    "stl": _payment,
    "bok": _book,
}
"""Lived by the prefix of a case's id; a new kind of case takes its place here."""
