"""Record and engine restored to different moments: the doctor names what differs, `resume --all`
mends it, and nothing is paid, released or counted twice."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from temporalio.client import WorkflowExecutionStatus

from deploy.operate.verify import verify
from deploy.sandbox.bank import SignedClient
from deploy.sandbox.parties import Party
from services.kernel.identifiers import case_uuid, show
from tests.support.harbour import PASSED
from tests.support.lives import (
    BOOKS,
    Life,
    bank,
    begun,
    book_opened,
    inspected,
    instructed,
    money,
    said_paid,
)
from tests.support.mortals import Place, mortal_window
from tests.support.patience import sooner_or_later
from tests.support.tells import delivered

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mortals")]
RECORD: Final = "postgres"
ENGINE: Final = "temporal"


@pytest.fixture
async def mortal() -> AsyncIterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="tradewindow-restored-"))
    async with mortal_window(home / "home") as place:
        yield place
    shutil.rmtree(home, ignore_errors=True)


async def at_rest(place: Place, *cases: str) -> None:
    """All that was told has been heard, and looked after."""
    for case in cases:
        await delivered(place.sql, case)

        async def idle(case: str = case) -> bool:
            described = await place.client.get_workflow_handle(case).describe()
            return not described.raw_description.HasField("pending_workflow_task")

        await sooner_or_later(idle)


async def backed_up(place: Place, what: str) -> Path:
    """A copy of the record or of the engine, made while nothing runs."""
    home, copy = place.mortals.home, place.mortals.home.parent / f"{what}-back-up"
    await stopped(place)
    await copied(home / what, copy)
    await going_on(place)
    return copy


async def restored(place: Place, what: str, copy: Path | None) -> None:
    """The record or the engine is as it was when the copy was made; without one, it is lost."""
    there = place.mortals.home / what
    await stopped(place)
    if copy is None:
        for file in there.glob("temporal.db*"):
            file.unlink()
    else:
        shutil.rmtree(there)
        await copied(copy, there)
    await going_on(place)


async def copied(source: Path, target: Path) -> None:
    """With owners and modes: the database may run as another user."""
    copying = await asyncio.create_subprocess_exec("cp", "-a", source, target)
    assert await copying.wait() == 0


async def stopped(place: Place) -> None:
    place.mortals.end()
    await asyncio.to_thread(place.mortals.stack.stop)


async def going_on(place: Place) -> None:
    await asyncio.to_thread(place.mortals.stack.start)
    # The wire still listens there, so that the start took it for another program's.
    place.mortals.stack.directory.remember_port("window", place.mortals.to_api.port)
    await place.mortals.begin()


async def told_by(place: Place, command: str, *arguments: str) -> tuple[int, str]:
    """What a person reads who calls the program, and its status."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "deploy", command, *arguments),
        *("--home", str(place.mortals.home)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def differs(place: Place, *, missing: set[str], beyond: set[str]) -> None:
    """The doctor comes to name exactly these; the engine's list of what runs may lag."""

    async def named() -> bool:
        status, said = await told_by(place, "doctor")
        trouble = "".join(line for line in said.splitlines() if "resume --all" in line)
        without_run, _, not_open = trouble.partition("runs in the engine are of cases")
        return (
            status == int(bool(missing | beyond))
            and {word.strip(",.") for word in without_run.split() if word[3:4] == "_"} == missing
            and {word.strip(",.") for word in not_open.split() if word[3:4] == "_"} == beyond
        )

    await sooner_or_later(named)


async def mended(place: Place) -> None:
    """`resume --all` was called, and record and engine agree."""
    status, said = await told_by(place, "resume", "--all")
    assert status == 0, said
    await differs(place, missing=set(), beyond=set())
    report = await verify(place.harbour.window.assembly.database("window"))
    assert report.broken == 0, report.named


async def ended_as(place: Place, case: str, state: str) -> None:
    """The case's run has ended by itself, with this state."""

    async def ended() -> bool:
        handle = place.client.get_workflow_handle(case, result_type=str)
        described = await handle.describe()
        return described.status == WorkflowExecutionStatus.COMPLETED

    await sooner_or_later(ended)
    handle = place.client.get_workflow_handle(case, result_type=str)
    assert await handle.result() == state


async def message(place: Place, payment: str) -> tuple[str, bytes]:
    """What the bank was offered, and under which number."""
    row = await place.sql.fetchrow(
        "SELECT message_id, body FROM bank_messages WHERE instruction_id = $1", case_uuid(payment)
    )
    assert row is not None
    return str(row["message_id"]), bytes(row["body"])


@dataclass
class Day:
    """Cases on their way when a copy is made: a payment offered, a lot in inspection, a book."""

    life: Life
    payer: SignedClient
    clerk: Party
    factory: Party
    payment: str
    lot: str
    order: str
    book: str

    async def goes_on(self) -> None:
        """The bank has paid, both officers sign, the factory closes its book."""
        place = self.life.place
        await said_paid(place, self.payer, self.payment)
        await self.life.harbour.dispose(self.order, PASSED)
        await self.life.heard(self.lot, "LotReleased")
        await self.factory.post(f"{BOOKS}/{self.book}/closing", {"closing_kg": {}})
        ends = ((self.payment, "SETTLED"), (self.order, "CONCLUDED"), (self.book, "CLOSED"))
        for case, state in ends:
            await ended_as(place, case, state)

    async def happened_once(self) -> None:
        """No event of any case was recorded twice."""
        for case in (self.payment, self.lot, self.order, self.book):
            events = await self.life.harbour.events(case)
            assert len(events) == len(set(events)), events


async def a_day(place: Place) -> Day:
    life, payer = await begun(place), await bank(place)
    group = await life.harbour.group()
    paid_for = life.known(await life.harbour.released(group, values=["100.00"]))
    payment = await instructed(life, paid_for, group.clerk)
    lot, order = await inspected(life)
    factory, book = await book_opened(life)
    await at_rest(place, *life.cases)
    return Day(life, payer, group.clerk, factory, payment, lot, order, book)


async def test_a_record_older_than_the_engine_is_mended_and_nothing_is_paid_twice(
    mortal: Place,
) -> None:
    day = await a_day(mortal)
    offered, copy = await message(mortal, day.payment), await backed_up(mortal, RECORD)
    await day.goes_on()
    moved = await money(mortal)
    newer = await day.life.harbour.accepted(await day.life.harbour.group(), values=["1.00"])
    await at_rest(mortal, newer)

    await restored(mortal, RECORD, copy)
    await differs(mortal, missing={day.payment, day.order, day.book}, beyond={newer})
    await mended(mortal)
    await ended_as(mortal, newer, "UNKNOWN")
    assert await message(mortal, day.payment) == offered
    await day.goes_on()
    assert await money(mortal) == moved
    await day.happened_once()


async def test_an_engine_older_than_the_record_or_lost_is_mended_and_nothing_is_done_twice(
    mortal: Place,
) -> None:
    day = await a_day(mortal)
    told_in_vain = await inspected(day.life)
    await at_rest(mortal, *told_in_vain)
    copy = await backed_up(mortal, ENGINE)
    await day.goes_on()
    newer = await inspected(day.life)
    await at_rest(mortal, *newer)
    mortal.mortals.kill("workers")
    await day.life.harbour.dispose(told_in_vain[1], PASSED)
    for case in told_in_vain:
        await delivered(mortal.sql, case)
    moved = await money(mortal)

    await restored(mortal, ENGINE, copy)
    await differs(
        mortal,
        missing=set(newer),
        beyond={day.payment, day.order, day.book, told_in_vain[1]},
    )
    await mended(mortal)
    await day.life.heard(told_in_vain[0], "LotReleased")
    ends = ((day.payment, "SETTLED"), (day.order, "CONCLUDED"), (day.book, "CLOSED"))
    for case, state in ends:
        await ended_as(mortal, case, state)

    await restored(mortal, ENGINE, None)
    await differs(mortal, missing={*newer, *await released(mortal)}, beyond=set())
    await mended(mortal)
    await day.life.harbour.dispose(newer[1], PASSED)
    await day.life.heard(newer[0], "LotReleased")
    await ended_as(mortal, newer[1], "CONCLUDED")
    ten_consumed = {"quota": (moved["quota"][0] - 2000, moved["quota"][1] + 2000)}
    assert await money(mortal) == {**moved, **ten_consumed}
    await day.happened_once()


async def released(place: Place) -> set[str]:
    """The lots that wait for gate, sale and payment."""
    rows = await place.sql.fetch("SELECT lot_id FROM lots WHERE state = 'RELEASED'")
    return {show("lot", row["lot_id"]) for row in rows}
