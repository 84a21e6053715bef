"""A day in which every party acts when the window's stream tells it that its turn has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from deploy.demo import bank, factory, filing, officers
from deploy.demo.day import Day
from deploy.demo.lots import LotRun, declare_all
from deploy.demo.report import Outcome
from deploy.demo.stream import Happened, follow
from deploy.sandbox.bank import banks_at_work
from deploy.sandbox.parties import Parties, Unexpected
from services.kernel.money import Money

#: What an event says about its lot's state.
STATE_AFTER: Final = {
    "LotSubmitted": "SUBMITTED",
    "IdentityConfirmed": "IDENTITY_OK",
    "LotSentToInspection": "IN_INSPECTION",
    "LotReleased": "RELEASED",
    "GatePassed": "GATE_OUT",
    "LotSold": "SOLD",
    "LotSettled": "SETTLED",
    "LotClosed": "CLOSED",
    "LotCancelled": "CANCELLED",
}
ENDED: Final = ("CLOSED", "CANCELLED", "REJECTED", "RETURNED", "SEIZED")
AT_ONCE: Final = 12
PATIENCE_S: Final = 180.0
"""Longer than a window is silent whose processes are killed and started again."""

Progress = Callable[[str, int, int], None]


@dataclass
class Play:
    """One day, played to its end."""

    parties: Parties
    day: Day
    progress: Progress = field(default=lambda _what, _done, _of: None)

    def __post_init__(self) -> None:
        self._answered = 0
        self._runs: dict[str, LotRun] = {}
        self._clock: dict[str, datetime] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._happened_early: dict[str, list[Happened]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._acting: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] | None = None
        self._patience = asyncio.timeout(None)

    async def run(self) -> Outcome:
        """File everybody, declare, inspect, release, pay, process, close; then say what became.

        Raises Unexpected when a party is refused what the day foresaw, or when nothing happens any
        more: a day that stands still is not waited for until somebody notices.
        """
        try:
            async with self._patience:
                return await self._through_the_day()
        except TimeoutError as silence:
            raise Unexpected(self._what_stands_still()) from silence

    def _what_stands_still(self) -> str:
        still = sorted(lot_id for lot_id, ended in self._ended.items() if not ended.is_set())
        named = f" ({', '.join(still)})" if still else ""
        return (
            f"nothing has happened for {PATIENCE_S:.0f} seconds, and {len(still)} of"
            f" {len(self._ended)} accepted lots have not ended{named}"
        )

    async def _through_the_day(self) -> Outcome:
        started = time.monotonic()
        self._failure = asyncio.get_running_loop().create_future()
        filed = await filing.file_everybody(self.parties, self.day)
        self._filed = filed
        await officers.set_rules(self.parties, filed)
        self._book = await factory.open_book(self.parties, self.day, filed.ports[0])
        listener = asyncio.create_task(self._listen(), name="stream")
        accreditation = asyncio.create_task(officers.accredit(self.parties, filed))
        clients = bank.signed_clients(self.parties, filed.bank_keys)
        try:
            async with banks_at_work(clients) as banks:
                await bank.post_quotes(banks)
                runs = await declare_all(self.parties, self.day, self._declared)
                await self._until_all_ended()
                outcome = Outcome(self.day, runs)
                outcome.certificate = await accreditation
                await self._count(outcome)
        finally:
            listener.cancel()
            accreditation.cancel()
        outcome.wall_seconds = time.monotonic() - started
        return outcome

    async def _declared(self, run: LotRun) -> None:
        self._answered += 1
        self.progress("declared", self._answered, len(self.day.lots))
        if run.lot_id is None:
            return
        self._runs[run.lot_id] = run
        self._ended[run.lot_id] = asyncio.Event()
        for event in self._happened_early.pop(run.lot_id, []):
            self._note(run, event)

    async def _until_all_ended(self) -> None:
        if self._failure is None:
            raise AssertionError("run() makes it")
        waiting = [asyncio.ensure_future(e.wait()) for e in self._ended.values()]
        everything = asyncio.gather(*waiting)
        await asyncio.wait((everything, self._failure), return_when=asyncio.FIRST_COMPLETED)
        if self._failure.done():
            everything.cancel()
            self._failure.result()

    async def _listen(self) -> None:
        reader = self.parties.act_as("auditor", "auditor:day")
        now = asyncio.get_running_loop().time
        async for event in follow(reader):
            self._patience.reschedule(now() + PATIENCE_S)
            if event.case_id.startswith("lot_"):
                run = self._runs.get(event.case_id)
                if run is None:
                    self._happened_early.setdefault(event.case_id, []).append(event)
                else:
                    self._note(run, event)
            elif event.type == "InspectionStaffed":
                self._act(officers.inspect(self.parties, self._filed, event.case_id, event.data))

    def _note(self, run: LotRun, event: Happened) -> None:
        """Take down what happened to a lot and let the next party act."""
        state = STATE_AFTER.get(event.type) or event.data.get("state")
        if state in (*STATE_AFTER.values(), *ENDED) and event.type != "LotScreened":
            run.states.append(state)
        if event.type == "LotScreened":
            run.lane = event.data["lane"]
        elif event.type == "IdentityConfirmed":
            self._clock[event.case_id] = event.time
        elif event.type == "LotReleased":
            run.seconds_to_release = (event.time - self._clock[event.case_id]).total_seconds()
            self._act(self._after_release(run))
        if run.states and run.states[-1] in ENDED:
            self._ended[event.case_id].set()
            done = sum(e.is_set() for e in self._ended.values())
            self.progress("finished", done, len(self._ended))

    async def _after_release(self, run: LotRun) -> None:
        """The gate lets the truck out, the clerk pays, the factory buys and receives."""
        gate = self.parties.act_as("gate", "gate:1", port=run.row["port"])
        passed = {"vehicle_plate": run.row["vehicle_plate"], "gross_kg": run.row["gross_kg"]}
        await gate.post(f"/gate/v1/lots/{run.lot_id}/passes", passed)
        await bank.instruct(self.parties, run)
        await factory.buy_and_receive(self.parties, self._book, run)

    def _act(self, act: Awaitable[None]) -> None:
        """Let a party act beside the others; its failure ends the day."""

        async def guarded() -> None:
            try:
                async with self._slots:
                    await act
            except Exception as error:
                if self._failure is not None and not self._failure.done():
                    self._failure.set_exception(error)

        task = asyncio.create_task(guarded())
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)

    async def _count(self, outcome: Outcome) -> None:
        """What the ledger, the orders and the factory's book say at the end."""
        await asyncio.gather(*self._acting)
        outcome.book = await factory.close_book(self.parties, self._book)
        outcome.balances = await _balances(self.parties)
        for instruction in await _all(self.parties, "/settlement/v1/instructions"):
            outcome.settlements[instruction["state"]] += 1
            if instruction["state"] == "SETTLED":
                outcome.settled_minor += Money.parse(instruction["amount"]["amount"], "CNY").minor
        for order in await _all(self.parties, "/inspection/v1/orders"):
            outcome.inspections[order["disposal"] or order["state"]] += 1
        await officers.reveal_draws(self.parties, self._filed)


async def _balances(parties: Parties) -> list[Mapping[str, Any]]:
    """Posted balances by kind of account and currency; each currency sums to zero."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in await _all(parties, "/settlement/v1/ledger/balances"):
        key = (row["account"].partition(":")[0], row["currency"])
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["posted"])
    return [
        {"account": kind, "amount": str(amount), "currency": currency}
        for (kind, currency), amount in sorted(sums.items())
    ]


async def _all(parties: Parties, path: str) -> list[dict[str, Any]]:
    """Every row of a keyset list, as an auditor sees it."""
    auditor = parties.act_as("auditor", "auditor:day")
    rows: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await auditor.get(path, limit=200, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}
