"""The whole window in the test's own process, over real PostgreSQL and real Temporal."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from stdnum.iso7064 import mod_11_2

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.parts import meanwhile
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, carriers
from deploy.sandbox.office import Office
from services.kernel.identifiers import uuid_of
from tests.support.on_file import replayed, seller_filed
from tests.support.reading import Reader, Readers

PORT: Final = "DONGXING"
SELLER: Final = "Sample Mong Cai 1"
"""Who sells what the tests declare; on file wherever there is a window."""
ENTERED_AT: Final = "2026-11-18T09:00:00+08:00"
AS_SUBMITTED: Final = {"If-Match": '"1"'}
"""Who has declared a lot has read it as it was answered."""
# Numbers of one run never meet one another, and seldom those of a run before on the same record.
_serials = itertools.count(uuid4().int % 30_000_000)
_AT_ONCE: Final = 48
"""Members of groups that are filed ahead are no more."""


def resident_no(serial: int) -> str:
    """An impossible identity number (born before 1900) with a valid check character."""
    born = date(1801, 1, 1) + timedelta(days=serial % 36_000)
    body = f"450681{born:%Y%m%d}{serial // 36_000 + 1:03d}"
    return body + mod_11_2.calc_check_digit(body)


def fresh_resident_no() -> str:
    """An impossible identity number that this run has given nobody yet."""
    return resident_no(next(_serials))


@dataclass(frozen=True)
class Group:
    """A filed group, its members' numbers, and its clerk."""

    code: str
    residents: Sequence[str]
    clerk: Reader


@dataclass(frozen=True)
class Filing:
    """How groups are filed that are alike."""

    members: int
    mandated: bool
    filed_on: str
    valid_until: str
    port: str


@dataclass
class Window:
    """The running window as its users reach it."""

    assembly: Assembly
    parties: Readers
    sql: asyncpg.Pool
    home: Path
    lasting: bool = False
    """Whether it serves many tests and its record stays: then groups are filed ahead."""
    _ahead: dict[Filing, list[tuple[str, list[str]]]] = field(default_factory=dict)
    _together: dict[Filing, int] = field(default_factory=dict)

    @property
    def registrar(self) -> Reader:
        return self.parties.act_as("registrar", "platform:registrar")

    @property
    def gate(self) -> Reader:
        return self.parties.act_as("gate", "gate:G1", port=PORT)

    async def group(
        self,
        members: int = 20,
        *,
        mandated: bool = True,
        filed_on: str = "2026-01-05",
        valid_until: str = "2028-01-05",
        port: str = PORT,
    ) -> Group:
        """A fresh group with fresh residents, so that tests do not share quota.

        Many are filed by as many requests as one: whoever asks for the third of a kind finds it
        filed with the second, and so on, twice as many each time.
        """
        filing = Filing(members, mandated, filed_on, valid_until, port)
        ahead = self._ahead.setdefault(filing, [])
        if not ahead:
            together = self._together.get(filing, 1)
            if self.lasting and 2 * together * members <= _AT_ONCE:
                self._together[filing] = 2 * together
            ahead += await self._filed(filing, together)
        code, numbers = ahead.pop()
        return Group(code, numbers, self.parties.act_as("clerk", f"group:{code}"))

    async def _filed(self, filing: Filing, together: int) -> list[tuple[str, list[str]]]:
        """So many groups, on file with their members: their codes, and the numbers."""
        members = {
            f"T-{uuid4().hex[:10]}": [fresh_resident_no() for _ in range(filing.members)]
            for _ in range(together)
        }
        numbers = [number for own in members.values() for number in own]
        await self.file_residents(numbers, filed_on=filing.filed_on, valid_until=filing.valid_until)
        kind = {"name": "测试组", "kind": "mutual_aid", "port": filing.port}
        await self.on_file("groups", *({"group_code": code, **kind} for code in members))
        of_each = [
            {"group_code": code, "resident_no": number}
            for code, own in members.items()
            for number in own
        ]
        joined = [{**one, "joined_on": filing.filed_on} for one in of_each]
        await self.registrar.post("/registry/v1/memberships", {"rows": joined})
        if filing.mandated:
            given = [{**one, "given_on": filing.filed_on} for one in of_each]
            await self.on_file("mandates", *given)
        return list(members.items())

    async def on_file(self, what: str, *rows: Mapping[str, Any]) -> None:
        """Have one registrar file rows of a register and another confirm what takes two, once
        those concerned have seen it long enough."""
        office = Office.of(self.parties)
        filed = await office.registrar.post(f"/registry/v1/{what}", {"rows": list(rows)})
        if filed.get("proposed"):
            await self.seen_long_enough(filed["filing_id"])
            await office.confirm(filed["filing_id"])

    async def changed(self, what: str, row: Mapping[str, Any]) -> None:
        """Have one registrar propose what is to stand on file of a record, and another confirm it
        once those concerned have seen it long enough."""
        office = Office.of(self.parties)
        proposed = await office.registrar.post("/registry/v1/changes", {what: row})
        await self.seen_long_enough(proposed["change_id"])
        await office.confirm(proposed["change_id"])

    async def listed(self, what: str, *rows: Mapping[str, Any]) -> None:
        """Have one registrar file rows of one of the law's lists and another confirm them."""
        await Office.of(self.parties).list_law(what, list(rows))

    async def seen_long_enough(self, filing_id: str) -> None:
        """The time goes by for which a proposal is seen."""
        await self.sql.execute(
            "UPDATE register_changes SET confirm_from = now() WHERE change_id = $1",
            uuid_of(filing_id, "imp"),
        )

    async def file_residents(
        self,
        numbers: Sequence[str],
        *,
        filed_on: str = "2026-01-05",
        valid_until: str = "2028-01-05",
    ) -> None:
        """File residents with the registry."""
        rows = [
            {
                "resident_no": number,
                "name": "测试",
                "sex": "F",
                "township": "东兴镇",
                "phone": "13000000000",
                "filing_no": f"T{uuid4().hex[:12]}",
                "filed_on": filed_on,
                "valid_until": valid_until,
            }
            for number in numbers
        ]
        await self.registrar.post("/registry/v1/residents", {"rows": rows})

    async def resident_id(self, number: str) -> str:
        """The registry's id of a resident."""
        found = await self.registrar.post(
            "/registry/v1/residents/lookup", {"resident_nos": [number]}
        )
        return str(found["items"][0]["resident_id"])

    async def phone(self, number: str) -> Reader:
        """A resident's own phone."""
        return self.parties.act_as("resident", f"resident:{await self.resident_id(number)}")

    async def lot(self, group: Group, **changes: Any) -> httpx2.Response:
        """Submit a lot of the group's with good defaults."""
        return await group.clerk.try_post("/declaration/v1/lots", lot_body(group, **changes))

    async def accepted(self, group: Group, **changes: Any) -> str:
        """Submit a lot that must be accepted; its id."""
        answer = await self.lot(group, **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["lot_id"])

    async def confirmed(self, group: Group, **changes: Any) -> str:
        """Submit a lot and confirm all its shares by mandate; its id."""
        lot_id = await self.accepted(group, **changes)
        path = f"/declaration/v1/lots/{lot_id}/confirmations"
        await group.clerk.post(path, {"by_mandate": True}, **AS_SUBMITTED)
        return lot_id


def lot_body(
    group: Group,
    *,
    values: Sequence[str] | None = None,
    residents: Sequence[str] | None = None,
    kg_each: str = "100",
    **changes: Any,
) -> dict[str, Any]:
    """A lot that is acceptable: shares of 7,000.00 and 100 kg each unless told otherwise.

    Everybody's truck brings it, by both its plates; another's foreign plate is said where it has
    one.
    """
    buyers = list(residents if residents is not None else group.residents[: len(values or "1")])
    amounts = list(values or ["7000.00"] * len(buyers))
    net = Decimal(kg_each) * len(buyers)
    body = {
        "reference": f"R-{uuid4().hex[:12]}",
        "port": PORT,
        "customs_office": "7208",
        "vehicle_plate": "桂P12345",
        "foreign_plate": "14C-12345",
        "entered_at": ENTERED_AT,
        "origin": "VN",
        "shipped_from": "VN",
        "seller": SELLER,
        "seller_bank_bic": "BFTVVNVX",
        "group_code": group.code,
        "hs_code": "08013100",
        "goods_name": "带壳腰果",
        "perishable": False,
        "net_kg": str(net),
        "gross_kg": str(net + 10),
        "pieces": 10,
        "value": str(sum(Decimal(a) for a in amounts)),
        "tickets": [
            {"resident_no": buyer, "net_kg": kg_each, "value": amount}
            for buyer, amount in zip(buyers, amounts, strict=True)
        ],
    }
    if "vehicle_plate" in changes:
        body["foreign_plate"] = None
    return {**body, **changes}


def codes(answer: httpx2.Response) -> list[str]:
    """The refusal codes of a problem answer, in the order found."""
    return [error["code"] for error in answer.json()["errors"]]


def at(day: date, hour: int = 9) -> str:
    """A moment of a Beijing day."""
    return f"{datetime(day.year, day.month, day.day, hour).isoformat()}+08:00"


@asynccontextmanager
async def opened(endpoints: Endpoints, home: Path) -> AsyncIterator[Window]:
    """The window, all services, workers and relay, on these servers."""
    assembly = Assembly.create(settings_of(home, endpoints=endpoints), with_relay=True)
    pool = await asyncpg.create_pool(endpoints.database_url, min_size=0, max_size=4)
    async with meanwhile(carriers(assembly)):
        transport = httpx2.ASGITransport(app=all_in_one(assembly))
        async with httpx2.AsyncClient(
            transport=transport, base_url=assembly.settings.public_origin or "", timeout=60
        ) as http:
            key = DataDirectory(home).issuer_key()
            # The tests' lots have a day of their own, that of the worked examples.
            await replayed(pool, PORT)
            await seller_filed(pool, SELLER, code="S-0001")
            yield Window(assembly, Readers(http, key), pool, home, lasting=True)
    pool.terminate()
    await assembly.close()


@pytest.fixture(scope="session")
async def window(stack: Endpoints, stack_home: Path) -> AsyncIterator[Window]:
    """The window shared by the tests of one process."""
    async with opened(stack, stack_home) as window:
        # One truck carries everybody's goods there: what is inherited, tests of that say.
        await decree(window, "inspection.selection_inherited_days", PORT, "0")
        yield window


async def decree(window: Window, key: str, port: str, value: str) -> None:
    """A legal parameter of this port alone, in force long since."""
    await window.sql.execute(
        "INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,"
        " proposed_by, approved_by, approved_at) VALUES ($1, $2, $3, to_jsonb($4::text), 'test',"
        " '2020-01-01', 'a', 'b', now())",
        uuid4(),
        key,
        port,
        value,
    )
