"""The floor under a submit: its acceptance statement alone, prepared, by the bare driver."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from deploy.bench.ground import PEOPLE, TICKET_CNY, TICKET_KG, Resident
from services.declaration.commands.submission import ACCEPT, acceptance
from services.declaration.domain.model import (
    Entries,
    Facts,
    Purpose,
    QuotaLimits,
    ResidentFacts,
    Share,
    Submission,
)
from services.kernel.clock import BEIJING
from services.kernel.messages import Actor, Answer, Receipt
from services.kernel.money import Money
from services.kernel.policy import PolicyBook, PolicyRow
from services.platform.act import Act
from services.platform.database import Tx
from services.platform.policy import PolicyCache

_COMPILED = ACCEPT.compile(dialect=dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's own
STATEMENT = str(_COMPILED)
"""The statement with numbered parameters, as it goes over the wire."""

_ORDER: Sequence[str] = _COMPILED.positiontup or ()
_LIMITS = QuotaLimits(Money.parse("8000.00", "CNY"), None)
# What its shares are given to be answered: the only law that a submit's own writing asks for.
_BOOK = PolicyBook(
    [PolicyRow("hushi.share_answer_min", "", "240", "bench", PEOPLE.on, None)], version=1
)
_HASH: Final = bytes(32)
_NO_TX: Final = Tx(None, ())
"""An acceptance is put together without asking the database."""


def acceptances(residents: Sequence[Resident], number: int) -> list[list[Any]]:
    """Arguments of that many one-ticket acceptances, each for the next resident."""
    return [_arguments(r) for r in itertools.islice(itertools.cycle(residents), number)]


def _arguments(resident: Resident) -> list[Any]:
    lot = _lot(resident)
    on_file = ResidentFacts(resident.resident_id, PEOPLE.on, PEOPLE.on, True, 0, 0)
    facts = Facts(
        customs_office="7208",
        group_code=resident.group,
        group_known=True,
        declarant=None,
        declared_as=None,
        origins=frozenset(),
        restrictions=frozenset(),
        lines={},
        manifest=None,
        entries=Entries(),
        residents={_HASH: on_file},
    )
    actor = Actor(subject="bench", party=f"group:{resident.group}", role="clerk")
    receipt = Receipt(subject="bench", party=actor.party, key=uuid4().hex, fingerprint="")
    # The law is the book above, so nothing is read: what is left is the statement alone.
    act = Act(_NO_TX, actor, datetime.now(UTC), PolicyCache(), receipt=receipt)
    accepted, values = acceptance(act, lot, facts, _LIMITS, _BOOK)
    answer = Answer(status=201, body={"lot_id": accepted.lot_id})
    known = {**values, **act.parameters(answer)}
    return [known[name] for name in _ORDER]


def _lot(resident: Resident) -> Submission:
    value = Money.parse(TICKET_CNY, "CNY")
    return Submission(
        reference=f"F-{uuid4().hex}",
        port="DONGXING",
        customs_office="7208",
        direction="I",
        vehicle_plate="桂P12345",
        foreign_plate="14C-12345",
        manifest_no=None,
        entered_at=datetime(PEOPLE.on.year, PEOPLE.on.month, PEOPLE.on.day, 9, tzinfo=BEIJING),
        origin="VN",
        shipped_from="VN",
        seller="Sample Mong Cai 1",
        seller_bank_bic="BFTVVNVX",
        group_code=resident.group,
        hs_code="08013100",
        goods_name="带壳腰果",
        perishable=False,
        net_kg=TICKET_KG,
        gross_kg=TICKET_KG,
        pieces=1,
        value=value,
        purpose=Purpose.RESALE,
        shares=[Share(_HASH, TICKET_KG, value)],
    )


async def statements_per_second(pool: asyncpg.Pool, rows: Sequence[list[Any]]) -> float:
    """Each connection commits its next acceptance when the last one is on the disk."""
    todo = iter(rows)

    async def work() -> None:
        async with pool.acquire() as connection:
            accept = await connection.prepare(STATEMENT)
            for arguments in todo:
                await accept.fetchval(*arguments)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(pool.get_size())))
    return len(rows) / (time.perf_counter() - started)
