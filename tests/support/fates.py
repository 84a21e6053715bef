"""What befalls a window while a case lives: its processes and servers are killed, a stranger comes.

A trap in the database holds every step that the window takes of itself when it has written all its
rows, and every deletion of a tell, until whoever lies in wait has struck; each is held once. An act
of a person's is met on its way: it is committed, and its answer is never heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import httpx2
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError
from temporalio.worker import Worker

from services.kernel.messages import Case
from services.platform.temporal import sandbox
from tests.support.lives import Life
from tests.support.mortals import Place
from tests.support.patience import sooner_or_later
from tests.support.stranger import FAR_OFF, Impostor
from workflows.kinds import KINDS

_CONTRACTS: Final = Path(__file__).resolve().parents[2] / "contracts" / "openapi"
_TRAPS: Final = """
CREATE TABLE struck (what text PRIMARY KEY);
CREATE FUNCTION lie_in_wait(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    -- What belongs to a step that was held once is held no more, also what it writes after.
    IF EXISTS (SELECT FROM struck WHERE what = name) THEN
        PERFORM set_config('trap.sprung', 'yes', true);
    ELSIF coalesce(current_setting('trap.sprung', true), '') <> 'yes' THEN
        PERFORM set_config('application_name', name, true);
        PERFORM pg_advisory_xact_lock_shared(4711);
        PERFORM set_config('trap.sprung', 'yes', true);
    END IF;
END $$;
CREATE FUNCTION hold_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_ARGV[0] <> '' AND NOT EXISTS (
        SELECT FROM cases WHERE case_id = NEW.case_id AND kind = TG_ARGV[0]
    ) THEN
        RETURN NEW;
    END IF;
    -- What a step opens has another id each time that it is taken. A name has 63 characters.
    PERFORM lie_in_wait(left(
        CASE NEW.seq WHEN 1 THEN 'opened' ELSE right(NEW.case_id::text, 12) || ' ' || NEW.seq END
            || ' ' || NEW.type,
        63
    ));
    RETURN NEW;
END $$;
CREATE FUNCTION hold_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lie_in_wait(left(OLD.told || ' ' || OLD.outbox_id, 63));
    RETURN OLD;
END $$;
"""
_STEPS: Final = (
    "CREATE TRIGGER hold BEFORE INSERT ON events FOR EACH ROW"
    " WHEN (NEW.actor::jsonb ->> 'role' = 'system') EXECUTE FUNCTION hold_step('{kind}')"
)
_TELLS: Final = (
    "CREATE TRIGGER hold BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION hold_tell()"
)
_HELD: Final = (
    "SELECT a.pid, a.application_name AS what FROM pg_locks AS l JOIN pg_stat_activity AS a"
    " USING (pid) WHERE l.locktype = 'advisory' AND l.objid = 4711 AND NOT l.granted"
)
_SPRING: Final = "INSERT INTO struck (what) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"

Strike = Callable[["Trap"], Awaitable[None]]


class Trap:
    """Holds what it is set for until it was struck."""

    def __init__(self, place: Place, fate: Fate) -> None:
        self.place = place
        self.blows: Counter[str] = Counter()
        """What was struck, by event or told case: how often."""
        self.over = False
        self._fate = fate
        self._session: asyncpg.Connection | None = None
        self._pids: list[int] = []

    async def lie(self) -> None:
        """Strike whatever is held, until it is over or was enough."""
        await self.hold()
        while not self.over and self.blows.total() < self._fate.at_most:
            session = await self._hand()
            if not (rows := await session.fetch(_HELD)):
                await asyncio.sleep(0.01)
                continue
            self._pids = [row["pid"] for row in rows]
            held = [row["what"] for row in rows]
            # On record before the blow: what was struck once goes its way the next time.
            await session.execute(_SPRING, held)
            self.blows.update(what.split()[-1] for what in held)
            await self._fate.strike(self)
        await self.close()

    async def hold(self) -> None:
        """From now on what comes is held; what was let go has committed when this ends."""
        await (await self._hand()).execute("SELECT pg_advisory_lock(4711)")

    async def let_go(self) -> None:
        """Let what is held go its way."""
        await (await self._hand()).execute("SELECT pg_advisory_unlock(4711)")

    async def forget(self) -> None:
        """The server hears that whoever spoke to it is gone: nothing of theirs is committed."""
        hand = await self._hand()
        for pid in self._pids:
            await hand.execute("SELECT pg_terminate_backend($1, 5000)", pid)

    async def close(self) -> None:
        """Hold nothing any more."""
        if self._session is not None and not self._session.is_closed():
            await self._session.close()

    async def _hand(self) -> asyncpg.Connection:
        if self._session is None or self._session.is_closed():
            url = self.place.mortals.stack.endpoints.database_url
            self._session = await asyncpg.connect(url)
        return self._session


async def worker_in_the_step(trap: Trap) -> None:
    """The workers die with all rows of a step written and nothing committed."""
    trap.place.mortals.kill("workers")
    await trap.forget()
    await trap.place.mortals.begin("workers")


async def worker_after_its_commit(trap: Trap) -> None:
    """A step is committed, and its workers die before they can say so."""
    mortals = trap.place.mortals
    mortals.to_engine.hush()
    await trap.let_go()
    await trap.hold()
    mortals.kill("workers")
    mortals.to_engine.cut()
    await mortals.to_engine.mend()
    await mortals.begin("workers")


async def relay_after_its_signal(trap: Trap) -> None:
    """A case was told, and the relay dies before it could forget the tell."""
    trap.place.mortals.kill("relay")
    await trap.forget()
    await trap.place.mortals.begin("relay")


async def engine(trap: Trap) -> None:
    """The engine dies while a step is taken, and is there again after its commit."""
    stack = trap.place.mortals.stack
    await asyncio.to_thread(stack.kill_temporal)
    await trap.let_go()
    await trap.hold()
    assert await asyncio.to_thread(stack.ensure_running) == ("temporal",)


async def database(trap: Trap) -> None:
    """The database dies with all rows of a step written and nothing committed."""
    stack = trap.place.mortals.stack
    await asyncio.to_thread(stack.kill_postgres)
    assert await asyncio.to_thread(stack.ensure_running) == ("postgres",)
    await trap.close()
    await trap.hold()


@dataclass(frozen=True)
class Fate:
    """What is struck, how, and how many times at most."""

    trigger: str
    strike: Strike
    at_most: int = 1000


EVERY_STEP: Final[Mapping[str, Fate]] = {
    "in the step": Fate(_STEPS, worker_in_the_step),
    "after its commit": Fate(_STEPS, worker_after_its_commit),
}
"""When the workers die."""
OTHERS: Final[Mapping[str, Fate]] = {
    "the relay after its signal": Fate(_TELLS, relay_after_its_signal),
    # A server takes seconds to come back.
    "the engine in the step": Fate(_STEPS, engine, at_most=2),
    "the database in the step": Fate(_STEPS, database, at_most=2),
}
"""Who else dies, and when."""


@contextlib.asynccontextmanager
async def struck(place: Place, fate: Fate, kind: str = "") -> AsyncIterator[Counter[str]]:
    """Each step (each tell) inside is struck once, of one kind of case if it is named; what was."""
    await place.sql.execute(_TRAPS + fate.trigger.format(kind=kind))
    trap = Trap(place, fate)
    lying = asyncio.create_task(trap.lie())
    try:
        yield trap.blows
    finally:
        # Whoever is being struck is back before anybody else comes.
        trap.over = True
        await asyncio.wait([lying])
        await trap.close()
        await place.sql.execute(
            "DROP FUNCTION IF EXISTS hold_step, hold_tell, lie_in_wait CASCADE;"
            " DROP TABLE IF EXISTS struck"
        )
        lying.result()


_ANSWERED: Final = "SELECT count(*) FROM stored_answers"
_KEPT: Final = (
    *("/declaration/", "/gate/", "/inspection/", "/accreditation/", "/market/"),
    *("/settlement/", "/secondmarket/", "/processing/"),
)


@functools.cache
def _signatures() -> re.Pattern[str]:
    """Addresses of signatures, as the contracts say: they name the version that was read."""
    found = [
        re.sub(r"\{[^}]+\}", "[^/]+", path)
        for file in _CONTRACTS.glob("*.json")
        for path, methods in json.loads(file.read_text())["paths"].items()
        for asked in methods.get("post", {}).get("parameters", ())
        if asked["name"].lower() == "if-match" and asked.get("required")
    ]
    return re.compile("|".join(found))


def _is_unread(request: httpx2.Request) -> bool:
    """A signature that names no version is only told to read: nothing is committed."""
    return "if-match" not in request.headers and bool(_signatures().fullmatch(request.url.path))


@contextlib.asynccontextmanager
async def unanswered(place: Place) -> AsyncIterator[Counter[str]]:
    """The window dies after the commit of each act inside, before its answer is heard."""
    acts: Counter[str] = Counter()
    mortals = place.mortals

    async def lie_in_wait(request: httpx2.Request) -> None:
        if not request.url.path.startswith(_KEPT) or _is_unread(request):
            return
        before = await place.sql.fetchval(_ANSWERED)

        async def committed() -> bool:
            return bool(await place.sql.fetchval(_ANSWERED) > before)

        mortals.to_api.withhold()
        async with httpx2.AsyncClient(timeout=60) as http:
            asked = asyncio.create_task(http.send(request))
            await sooner_or_later(committed)
            assert not asked.done(), "nobody has heard the answer"
            mortals.kill("api")
            mortals.to_api.cut()
            await asyncio.gather(asked, return_exceptions=True)
        await mortals.to_api.mend()
        await mortals.begin("api")
        acts[request.url.path.rpartition("/")[2]] += 1

    place.transport.lies_in_wait = lie_in_wait
    try:
        yield acts
    finally:
        place.transport.lies_in_wait = None


@contextlib.asynccontextmanager
async def ended_by_a_stranger(place: Place, life: Life, *, how: str) -> AsyncIterator[Counter[str]]:
    """Before each act inside, every case that runs is terminated or completed in the engine."""
    ended: Counter[str] = Counter()
    life.by_itself = False

    async def lie_in_wait(_: httpx2.Request) -> None:
        for case in life.cases:
            with contextlib.suppress(RPCError):
                if how == "terminated":
                    await place.client.get_workflow_handle(case).terminate("by a stranger")
                else:
                    await _completed(place, case)
                ended[case[:3]] += 1

    place.transport.lies_in_wait = lie_in_wait
    async with Worker(
        place.client,
        task_queue="the-strangers-own",
        workflows=[Impostor],
        workflow_runner=sandbox(),
    ):
        try:
            yield ended
        finally:
            place.transport.lies_in_wait = None


async def _completed(place: Place, case: str) -> None:
    handle = await place.client.start_workflow(
        KINDS[case[:3]].workflow,
        Case(case_id=case, at=FAR_OFF),
        id=case,
        task_queue="the-strangers-own",
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )
    assert await handle.result() == "CLOSED"
