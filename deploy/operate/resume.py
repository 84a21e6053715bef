"""`tradewindow resume`: record and engine together again, after either was restored or lost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.operate.data_directory import LocalError
from deploy.operate.home import Home
from deploy.operate.runs import have_looked, open_cases, runs, start_again
from deploy.operate.settings import settings_here
from services.kernel.refusal import Refused
from services.platform.database import Database, DatabaseUnreachable
from services.platform.relay import open_on_record
from services.platform.settings import role_of
from services.platform.temporal import access_of, connect
from workflows.kinds import KINDS


@dataclass
class Resumed:
    """What was done: open cases met, those started again, and runs of no open case that end."""

    cases: int = 0
    started: int = 0
    ending: int = 0


async def everything(database: Database, client: Client) -> Resumed:
    """Start every open case that does not run, and have every run beyond the record look."""
    done = Resumed()
    async for page in open_cases(database):
        done.cases += len(page)
        done.started += await start_again(client, page)
    for run_of_none in (await runs(database, client)).beyond:
        await have_looked(client, run_of_none)
        done.ending += 1
    return done


async def run(
    case: str | None = None,
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all")] = False,
    home: Home = None,
) -> int:
    """Start an open case from the record, or with --all every open case that does not run.

    A case that runs has another look at the record, and one that has ended is not started. Nothing
    is decided by a start or a look: a run does what it reads on record.

    Parameters
    ----------
    case
        Which case, e.g. lot_….
    all_
        Every open case, and every run of a case that is not open, which ends by looking: what
        brings a lost engine back, and an older record and a newer engine together, or the reverse.
    """
    if (case is None) != all_:
        known = ", ".join(f"{prefix}_…" for prefix in KINDS)
        raise LocalError(f"Name one case ({known}), or say --all.")
    settings = settings_here(home)
    role = role_of("relay")
    database = Database(settings.database_url_for(role), role=role, pool_size=2)
    try:
        client = await connect(
            settings.temporal_address,
            settings.temporal_namespace,
            access=access_of(settings),
        )
        if case is not None:
            await _require_open(database, case)
            started = await start_again(client, [case])
            print(f"{case}: {'started' if started else 'runs already, and looks again'}.")
            return 0
        began = time.monotonic()
        done = await everything(database, client)
        took = time.monotonic() - began
        print(
            f"{done.cases} open cases: {done.started} started, {done.cases - done.started} look"
            f" again. {done.ending} runs of cases that are not open end. {took:.1f} s."
        )
        return 0
    except DatabaseUnreachable as error:
        raise LocalError(f"The database does not answer ({type(error).__name__}).") from error
    except (RuntimeError, RPCError) as error:
        raise LocalError(
            f"The engine at {settings.temporal_address} does not answer ({error}). What was started"
            " stays; call this again when it does."
        ) from error
    finally:
        await database.close()


async def _require_open(database: Database, case: str) -> None:
    if case[:3] not in KINDS:
        raise LocalError(f"{case} names no case that the engine carries ({', '.join(KINDS)}).")
    try:
        async with database.reading() as tx:
            is_open = await open_on_record(tx, case)
    except Refused:
        raise LocalError(f"{case} is no identifier of a case; copy it whole.") from None
    if is_open is None:
        raise LocalError(f"The record knows no case {case}.")
    if not is_open:
        raise LocalError(f"{case} has ended on record; there is nothing to carry out.")
