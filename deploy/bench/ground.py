"""The ground a run of the bench stands on: servers, schema and people of its own, gone after it."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from joserfc.jwk import OKPKey
from sqlalchemy import text

from deploy.bench.load import prepared
from deploy.demo.day import Day, read_day
from deploy.demo.filing import Filed, file_desk, file_everybody
from deploy.demo.sample_day import SampleDay
from deploy.local.stack import LocalStack
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.migrate import migrate
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from deploy.sandbox.office import Office
from deploy.sandbox.parties import Parties, Party
from deploy.sandbox.token import token
from services.kernel.identifiers import show
from services.platform.database import Database


@dataclass(frozen=True)
class Goods:
    """What the bench's lots carry."""

    hs_code: str
    name: str


PORT: Final = "DONGXING"
GREEN_GOODS: Final = Goods("08013100", "带壳腰果")
RED_GOODS: Final = Goods("09062000", "肉桂")
"""A rule of the bench's own sends these to two officers."""
GROUPS: Final = 8
PEOPLE: Final = SampleDay(lots=GROUPS, tickets=8000, groups=GROUPS, refusals=False)
TICKET_CNY: Final = Decimal("10.00")
TICKET_KG: Final = Decimal("1.000")
"""Small shares, so that a resident may declare hundreds of times before the quota ends it."""
_HOURS: Final = 24.0
_NOBODY: Final = text("""
    INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
        proposed_by, approved_by, approved_at)
    VALUES (:policy_id, 'inspection.base_rate', :port, to_jsonb('0'::text), 'the bench''s own data',
        :since, 'bench', 'bench:second', now())
""")
_RULES: Final = (
    {
        "code": "FULL_QUOTA_ROUND",
        "title": "Every share exactly the whole quota (假互市)",
        "expression": "value_per_ticket_minor == 800000",
        "example": {"value_per_ticket_minor": 800000},
    },
    {
        "code": "MORE_THAN_A_TRUCK",
        "title": "More than a truck carries",
        "expression": "net_g > 60000000",
        "example": {"net_g": 60000001},
    },
    {
        "code": "BENCH_INSPECTED",
        "title": "Goods that the bench has inspected",
        "expression": f'hs_code == "{RED_GOODS.hs_code}"',
        "example": {"hs_code": RED_GOODS.hs_code},
    },
)
_RESIDENTS = text("SELECT resident_id, resident_no_hash FROM residents ORDER BY resident_id")


@dataclass(frozen=True)
class Resident:
    """A filed resident of the bench."""

    number: str
    resident_id: UUID
    group: str


@dataclass(frozen=True)
class Ground:
    """Servers with a filed market: residents in 8 groups; clerks hold their mandates."""

    stack: LocalStack
    day: Day
    residents: Sequence[Resident]
    bank_keys: Mapping[str, OKPKey]
    _bearers: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The data directory of this run."""
        return self.stack.directory.home

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer."""
        return self.stack.endpoints

    @cached_property
    def key(self) -> OKPKey:
        """Signs this run's tokens."""
        return DataDirectory(self.home).issuer_key()

    def members(self, group: int = 0) -> list[Resident]:
        """The residents of one group."""
        code = self.day.groups[group]["group_code"]
        return [r for r in self.residents if r.group == code]

    def one_ticket_lots(self, number: int, *, by_phone: bool = False) -> list[bytes]:
        """Submissions of one ticket each, every one in the name of the next resident."""
        people = itertools.islice(self._people, number)
        return [self.submission([p], by_phone=by_phone) for p in people]

    @cached_property
    def _people(self) -> Iterator[Resident]:
        return itertools.cycle(self.residents)

    def submission(self, buyers: Sequence[Resident], *, by_phone: bool = False) -> bytes:
        """One lot as its clerk, or a resident by phone, sends it."""
        first = buyers[0]
        body = lot_body(buyers, by_phone=by_phone)
        bearer = (
            self.bearer("resident", f"resident:{show('res', first.resident_id)}")
            if by_phone
            else self.bearer("clerk", f"group:{first.group}")
        )
        content = json.dumps(body, ensure_ascii=False).encode()
        return prepared("/declaration/v1/lots", bearer=bearer, key=uuid4().hex, body=content)

    def bearer(self, role: str, party: str) -> str:
        """A party's token, minted once."""
        if party not in self._bearers:
            self._bearers[party] = token(
                self.key, role=role, party=party, subject=party, hours=_HOURS
            )
        return self._bearers[party]


def lot_body(
    buyers: Sequence[Resident], *, by_phone: bool, goods: Goods = GREEN_GOODS
) -> dict[str, Any]:
    """A lot that is accepted: a kilogram at ten yuan a share."""
    kilograms = TICKET_KG * len(buyers)
    ticket = {"net_kg": str(TICKET_KG), "value": str(TICKET_CNY)}
    return {
        "reference": f"B-{uuid4().hex}",
        "port": PORT,
        "customs_office": "7208",
        "vehicle_plate": "桂P12345",
        "foreign_plate": "14C-12345",
        "entered_at": f"{PEOPLE.on.isoformat()}T09:00:00+08:00",
        "origin": "VN",
        "shipped_from": "VN",
        "seller": "Sample Mong Cai 1",
        "seller_bank_bic": "BFTVVNVX",
        "group_code": None if by_phone else buyers[0].group,
        "hs_code": goods.hs_code,
        "goods_name": goods.name,
        "perishable": False,
        "net_kg": str(kilograms),
        "gross_kg": str(kilograms),
        "pieces": 1,
        "value": str(TICKET_CNY * len(buyers)),
        "tickets": [{"resident_no": b.number, **ticket} for b in buyers],
    }


@contextmanager
def ground(people: SampleDay = PEOPLE, *, counting: bool = False) -> Iterator[Ground]:
    """Servers as ``up`` runs them, durable, in a directory of their own that is removed after.

    With ``counting`` the database counts the statements it is sent.
    """
    with tempfile.TemporaryDirectory(prefix="tradewindow-bench-") as place:
        home = Path(place).resolve() / "home"
        with LocalStack(home, keep_ports=False, counting=counting) as stack:
            migrate(stack.endpoints, stack.secrets)
            people.write(home / "day")
            day = read_day(home / "day")
            filed, residents = asyncio.run(_file(home, day))
            yield Ground(stack, day, residents, filed.bank_keys)


async def _file(home: Path, day: Day) -> tuple[Filed, list[Resident]]:
    """File the market through the window's interfaces; every lot will be screened green."""
    assembly = Assembly.create(settings_of(home))
    transport = httpx2.ASGITransport(app=all_in_one(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        parties = Parties(http, DataDirectory(home).issuer_key())
        filed = await file_everybody(parties, day)
        await _put_rules_in_force(parties)
    await _inspect_nobody_at_random(assembly.database("law"), day)
    groups = {assembly.vault.keyed_hash(r["resident_no"]): r for r in day.residents}
    async with assembly.database("registry").reading() as tx:
        rows = await tx.execute(_RESIDENTS)
        people = [(r.resident_id, groups[r.resident_no_hash]) for r in rows]
    await assembly.close()
    return filed, [Resident(row["resident_no"], uuid, row["group_code"]) for uuid, row in people]


async def _inspect_nobody_at_random(law: Database, day: Day) -> None:
    """Set the random share of inspections here to zero. The day played is past, and the law of a
    past day is nobody's to change by the interface; the database is the bench's own."""
    named = {"policy_id": uuid4(), "port": PORT, "since": day.business_on.replace(day=1)}
    async with law.transaction() as tx:
        await tx.execute(_NOBODY, named)


async def _desk(parties: Parties, role: str) -> list[Party]:
    """Two officers on file in a role."""
    filed = await file_desk(Office.of(parties), PORT, role[0].upper())
    return [parties.act_as(role, f"officer:{o}", port=PORT) for o in filed]


async def _put_rules_in_force(parties: Parties) -> None:
    """Without a rule book every lot is inspected; these let all but some goods pass."""
    author, approver = await _desk(parties, "risk_officer")
    for rule in _RULES:
        terms = {"lane": "RED", "authority": "the bench's own data"}
        proposed = await author.post(
            "/risk/v1/rules", {**terms, **rule, "effective_from": "2026-01-01"}
        )
        path = f"/risk/v1/rules/{proposed['rule_id']}"
        await approver.sign(path, "decision", {"approve": True})
