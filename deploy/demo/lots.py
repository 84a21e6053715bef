"""Declaring a day's lots: in flight together where they are independent, in order where not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from deploy.demo.day import Day, Row
from deploy.demo.filing import carrier_of
from deploy.sandbox.parties import Parties, upon


@dataclass
class LotRun:
    """What became of one lot of the day."""

    row: Row
    shares: Sequence[Row]
    lot_id: str | None = None
    codes: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    lane: str | None = None
    seconds_to_release: float | None = None

    @property
    def tickets(self) -> int:
        """How many residents' shares the lot has."""
        return len(self.shares)

    @property
    def value(self) -> Decimal:
        """What the tickets add up to."""
        return sum((Decimal(s["value"]) for s in self.shares), Decimal("0.00"))

    @property
    def net_kg(self) -> Decimal:
        """What the tickets weigh together."""
        return sum((Decimal(s["net_kg"]) for s in self.shares), Decimal(0))

    @property
    def accepted(self) -> bool:
        """Whether the window took the lot."""
        return self.lot_id is not None


async def declare_all(
    parties: Parties, day: Day, answered: Callable[[LotRun], Awaitable[None]], *, at_once: int = 16
) -> list[LotRun]:
    """Declare every lot; ``answered`` is told of each, accepted or refused.

    The outcome equals that of declaring them one after another in file order: a lot waits for the
    earlier ones that share a resident, a manifest or a reference with it, and for no other.
    """
    slots = asyncio.Semaphore(at_once)
    latest: dict[str, asyncio.Task[None]] = {}
    runs: list[LotRun] = []
    tasks: list[asyncio.Task[None]] = []
    for row in day.lots:
        run = LotRun(row, day.tickets.get(row["lot_ref"], ()))
        shared = set(_shared(row, day))
        before = {latest[key] for key in shared if key in latest}
        task = asyncio.create_task(_declare(parties, day, run, before, slots, answered))
        latest.update(dict.fromkeys(shared, task))
        runs.append(run)
        tasks.append(task)
    await asyncio.gather(*tasks)
    return runs


def _shared(row: Row, day: Day) -> Iterator[str]:
    """What another lot may have in common with this one."""
    yield f"reference {row['group_code']} {row['lot_ref']}"
    yield f"manifest {row['manifest_no']}"
    for ticket in day.tickets.get(row["lot_ref"], ()):
        yield f"resident {ticket['resident_no']}"


async def _declare(
    parties: Parties,
    day: Day,
    run: LotRun,
    before: set[asyncio.Task[None]],
    slots: asyncio.Semaphore,
    answered: Callable[[LotRun], Awaitable[None]],
) -> None:
    if before:
        await asyncio.wait(before)
    async with slots:
        await _lodge_manifest(parties, run.row)
        clerk = parties.act_as("clerk", f"group:{run.row['group_code']}")
        answer = await clerk.try_post("/declaration/v1/lots", lot_request(run.row, day))
        body = answer.json()
        if answer.status_code != 201:
            run.codes = sorted({error["code"] for error in body["errors"]})
        else:
            run.lot_id = body["lot_id"]
            path = f"/declaration/v1/lots/{run.lot_id}/confirmations"
            await clerk.post(path, {"by_mandate": True}, **upon(body))
    await answered(run)


async def _lodge_manifest(parties: Parties, row: Row) -> None:
    """The carrier lodges the truck's manifest; one that is lodged already stays as it is."""
    carrier = parties.act_as("carrier", carrier_of(row))
    manifest = {
        "manifest_no": row["manifest_no"],
        "port": row["port"],
        "vehicle_plate": row["vehicle_plate"],
        "foreign_plate": row["foreign_plate"],
        "total_kg": row["manifest_kg"],
    }
    await carrier.try_post("/declaration/v1/manifests", manifest)


def lot_request(row: Row, day: Day) -> dict[str, Any]:
    """A row of lots.csv with its tickets as the API takes them."""
    same = (
        "port customs_office direction vehicle_plate foreign_plate manifest_no entered_at origin"
        " shipped_from seller seller_bank_bic group_code hs_code goods_name net_kg gross_kg value"
        " currency"
    )
    return {
        **{name: row[name] for name in same.split()},
        "reference": row["lot_ref"],
        "perishable": row["perishable"] == "1",
        "pieces": int(row["pieces"]),
        "tickets": [
            {name: ticket[name] for name in ("resident_no", "net_kg", "value")}
            for ticket in day.tickets.get(row["lot_ref"], ())
        ],
    }
