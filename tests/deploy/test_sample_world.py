"""A new window fills with a sample world, once, however its player ends meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

import httpx2
import psutil
import pytest

from deploy.operate.data_directory import DataDirectory
from deploy.operate.verify import verify_home
from deploy.sandbox.parties import Parties, Party
from deploy.sandbox.token import token
from deploy.sandbox.world.cast import GROUPS, RUILI
from deploy.sandbox.world.mark import Mark, begin, is_sample
from deploy.sandbox.world.roll import Person, Roll
from deploy.sandbox.world.scenes import LOTS
from services.declaration.domain.states import LotState
from services.inspection.domain.states import OrderState
from services.settlement.domain.states import InstructionState
from tests.support.ports import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
ORDERS: Final = "/inspection/v1/orders"
STATES: Final[dict[str, AbstractSet[str]]] = {
    # The other two are passed through: nobody can be shown a lot in them.
    "/declaration/v1/lots": set(LotState) - {LotState.IDENTITY_OK, LotState.SETTLED},
    ORDERS: set(OrderState),
    "/settlement/v1/instructions": set(InstructionState) - {InstructionState.CANCELLED},
    "/secondmarket/v1/purchases": {"BOUGHT", "DISPATCHED", "RECEIVED"},
    "/accreditation/v1/accreditations": {"CERTIFIED", "ON_SITE"},
    "/processing/v1/alerts": {"RAISED"},
    "/processing/v1/books": {"OPEN"},
    "/risk/v1/rules": {"APPROVED", "PROPOSED"},
}
"""What a sample world promises to show."""
PEOPLE: Final = {
    "resident": 4,
    "clerk": 2,
    "carrier": 2,
    "officer": 5,
    "gate": 2,
    "risk_officer": 2,
    "policy_officer": 2,
    "registrar": 2,
    "bank": 4,
    "bank_compliance": 2,
    "enterprise": 2,
    "auditor": 1,
}
"""So many at least, by role."""
WITH_WORK: Final = (
    *("confirm_share", "gate", "findings", "countersign", "on_site_report"),
    *("answer_payment", "compliance", "receive"),
)
"""Whoever is said to have this waiting finds it in the own work list."""


@contextlib.contextmanager
def up(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A window whose data directory is a sample's, or becomes one."""
    with subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "deploy", "up", "--sample"),
            *("--home", str(home), "--port", str(free_port())),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def told_until_filled(process: subprocess.Popen[str]) -> list[str]:
    """What is said of the world until it is there."""
    told = []
    assert process.stdout is not None
    for line in process.stdout:
        if "ample world" in line:
            told.append(line)
        if " lots, " in line:
            return told
    raise AssertionError("it ended before the world was there")


def player_killed(process: subprocess.Popen[str], home: Path) -> None:
    """The player dies in the middle of the lots, as in a power failure."""
    deadline = time.monotonic() + 600
    while len(Mark.at(home).known.get("lots", ())) < len(LOTS) // 4:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    (player,) = (
        child for child in psutil.Process(process.pid).children() if "sample" in child.cmdline()
    )
    player.kill()


async def rows(reader: Party, path: str) -> list[dict[str, Any]]:
    """All rows of a list."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await reader.get(path, limit=200, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def everything(home: Path) -> dict[str, Counter[str]]:
    """How many of which state there are, as the auditor sees it."""
    async with parties_of(home) as parties:
        auditor = parties.act_as("auditor", "auditor:sample")
        return {path: Counter(r["state"] for r in await rows(auditor, path)) for path in STATES}


async def opened_by_chance(home: Path) -> bool:
    """Whether the goods for which no officer is skilled were drawn to be opened, as one lot in
    twenty is: for that there are officers."""
    async with parties_of(home) as parties:
        orders = await rows(parties.act_as("auditor", "auditor:sample"), ORDERS)
        return any((o["port"], o["lane"]) == (RUILI.code, "RED") for o in orders)


async def promise_kept(home: Path) -> dict[str, Counter[str]]:
    """What there is, as soon as it is all that was promised; the last cases still go on by then."""
    for _ in range(360):
        shown = await everything(home)
        lacking = {path: states - set(shown[path]) for path, states in STATES.items()}
        if lacking[ORDERS] == {OrderState.UNSTAFFED} and await opened_by_chance(home):
            del lacking[ORDERS]
        if not any(lacking.values()):
            return shown
        await asyncio.sleep(0.5)
    raise AssertionError(f"promised and not there: {lacking}; there is {shown}")


def totals(shown: dict[str, Counter[str]]) -> dict[str, int]:
    """How many there are of each kind."""
    return {path: states.total() for path, states in shown.items()}


async def idle(home: Path) -> list[Person]:
    """Of those who are said to have something waiting, who has not."""
    found = []
    async with parties_of(home) as parties:
        for person in Roll.at(home).people.values():
            named = {n: getattr(person, n) for n in ("role", "party", "subject", "port", "team")}
            as_person = Party(parties.http, token(parties.key, **named))
            work = (
                await as_person.get("/window/v1/work") if person.can in WITH_WORK else {"items": 1}
            )
            found += [] if work["items"] else [person]
    return found


@contextlib.asynccontextmanager
async def parties_of(home: Path) -> Any:
    directory = DataDirectory(home)
    async with httpx2.AsyncClient(base_url=directory.window_url(), timeout=60) as http:
        yield Parties(http, directory.issuer_key())


def test_beside_data_of_its_own_no_sample_world_begins(tmp_path: Path) -> None:
    used, new = tmp_path / "used", tmp_path / "new"
    used.mkdir()
    (used / "secrets.json").write_text("{}")
    assert not begin(used)
    assert not is_sample(used)
    assert [begin(new), begin(new), is_sample(new)] == [True] * 3


@pytest.mark.slow
def test_a_new_window_fills_with_a_sample_world_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home) as process:
        player_killed(process, home)
        told = told_until_filled(process)
        assert [line for line in told if "left out" in line or "waits for" in line] == []
        assert "/portal/" in told[-1]
        shown = asyncio.run(promise_kept(home))
        assert shown["/declaration/v1/lots"].total() == len(Mark.at(home).known["lots"])
        assert asyncio.run(idle(home)) == []
        report = asyncio.run(verify_home(home))
        assert (report.named, report.caseless) == ([], [])
    people = (home / "sample-people.json").read_text()
    by_role = Counter(person["role"] for person in json.loads(people))
    assert {role: n for role, n in PEOPLE.items() if by_role[role] < n} == {}
    assert not [r for g in GROUPS.values() for r in g.residents if r.number in people]
    with up(home) as process:
        assert "lots, " in told_until_filled(process)[-1]
        # Nothing is played again; what is there goes on by itself, so states are not compared.
        assert totals(asyncio.run(everything(home))) == totals(shown)
