"""`tradewindow doctor PROCESS`: what would keep one process from its work, as it is set here.

It reads what the process would read, asks the servers that the process would ask, and changes
nothing. Each check says a sentence for what is right, or one that says what to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.operate import portal
from deploy.operate.assembly import Assembly, engine_refused
from deploy.operate.backlog import backlog
from deploy.operate.data_directory import LocalError
from deploy.operate.home import Home
from deploy.operate.runs import runs, standing, untold
from deploy.operate.schema import require_schema
from deploy.operate.sealing import last_sealed
from deploy.operate.sealing import standing as seals_standing
from deploy.operate.secret_shares import NEEDS, excess, require, serves
from deploy.operate.settings import environment_settings, settings_of
from deploy.operate.upkeep import ENOUGH_MONTHS, months_ahead
from deploy.operate.waiting import waited_too_long
from services import manifests
from services.platform.database import Database, DatabaseUnreachable
from services.platform.secret_file import SettingsError, url_under
from services.platform.settings import Settings, role_of
from services.platform.temporal import access_of, connect
from services.portal.settings import PortalSettings

ENGINE_PATIENCE_S: Final = 15.0


@dataclass
class Examined:
    """One process, and what it has to work with."""

    process: str
    settings: Settings
    assembly: Assembly


_TROUBLE: Final = (LocalError, SettingsError, DatabaseUnreachable, asyncpg.PostgresError)
Check = Callable[[Examined], AsyncIterator[str]]


def run(process: str | None, home: Home) -> int:
    """Print one line per finding; the number of findings that are trouble.

    Raises LocalError when no process has this name, and SettingsError when the environment lacks
    what every process must be told.
    """
    if process is None or process not in NEEDS:
        raise LocalError(f"Name a process to look at: {', '.join(NEEDS)}.")
    if process == portal.NAME:
        return asyncio.run(_screens(environment_settings(PortalSettings)))
    settings = settings_of(home) if home is not None else environment_settings(Settings)
    return asyncio.run(_examine(Examined(process, settings, Assembly.create(settings))))


async def _screens(settings: PortalSettings) -> int:
    # They have no database and no engine, and nothing is put together for them.
    return sum([await _found(check(settings), "") for check in portal.CHECKS])


async def _examine(examined: Examined) -> int:
    url = examined.settings.database_url
    try:
        return sum([await _found(check(examined), url) for check in _checks(examined.process)])
    finally:
        await examined.assembly.close()


async def _found(sentences: AsyncIterator[str], database_url: str) -> int:
    """Print what a check says; 1 where it is trouble."""
    try:
        async for sentence in sentences:
            print(f"ok       {sentence}")
    except _TROUBLE as error:
        print(f"trouble  {_told(error, database_url)}")
        return 1
    return 0


def _told(error: Exception, database_url: str) -> str:
    where = urlsplit(database_url)
    match error:
        case DatabaseUnreachable():
            server = f"{where.hostname}:{where.port or 5432}"
            return f"The database at {server} does not answer ({error})."
        case asyncpg.PostgresError():
            return f"The database refuses what is read of it ({error.sqlstate})."
    return str(error)


def _checks(process: str) -> list[Check]:
    if process == "migrate":
        return [_secrets, _connection, _superuser]
    checks: list[Check] = [_secrets, _connection, _schema]
    if process in manifests.names():
        checks += [_callers, _own]
    if "engine_key" in NEEDS[process]:
        checks.append(_engine)
    if process == "relay":
        checks += [_months, _seals, _cases, _people]
    return checks


async def _secrets(examined: Examined) -> AsyncIterator[str]:
    settings, process = examined.settings, examined.process
    require(settings, process)
    yield f"{settings.secrets_file} has what {process} needs."
    if not settings.sandbox and (more := excess(settings, process)):
        raise LocalError(
            f"{settings.secrets_file} holds more than {process} needs ({', '.join(more)}); give it"
            " the file that `tradewindow secrets split` writes for it."
        )


async def _connection(examined: Examined) -> AsyncIterator[str]:
    mode = os.environ.get("PGSSLMODE", "prefer")
    if examined.settings.sandbox:
        return
    if mode not in {"verify-full", "verify-ca"}:
        yield (
            f"The database's certificate is not checked (PGSSLMODE is {mode}); that is good on a"
            " network of one host only."
        )
    else:
        yield f"The database's certificate is checked (PGSSLMODE is {mode})."


async def _schema(examined: Examined) -> AsyncIterator[str]:
    for service in serves(examined.process):
        revision = await require_schema(examined.assembly.database(service))
        yield f"The database lets {role_of(service)} in, and is at {revision}."


async def _superuser(examined: Examined) -> AsyncIterator[str]:
    settings = examined.settings
    user = urlsplit(settings.database_url).username or "postgres"
    password = settings.secrets.superuser_password()
    database = Database(url_under(settings.database_url, user, password), role=user, pool_size=1)
    try:
        yield f"The database lets {user} in, and is at {await require_schema(database)}."
    finally:
        await database.close()


async def _callers(examined: Examined) -> AsyncIterator[str]:
    # Everything by which it knows its callers is read when the service is put together.
    examined.assembly.app(examined.process)
    settings = examined.settings
    yield f"Tokens of {settings.oidc_issuer} are taken, by the keys in {settings.jwks_file}."
    yield f"Callers know the window as {settings.public_origin or 'what their Host says'}."


async def _own(examined: Examined) -> AsyncIterator[str]:
    for sentence in manifests.manifest(examined.process).examined(examined.settings):
        yield sentence


async def _engine(examined: Examined) -> AsyncIterator[str]:
    settings = examined.settings
    client = await _client(settings)
    namespace = settings.temporal_namespace
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=namespace)
        )
    except RPCError as error:
        raise engine_refused(error, namespace) or _silent(settings, error) from error
    yield f"The engine at {settings.temporal_address} answers and has the namespace {namespace}."
    if not settings.sandbox:
        clear = access_of(settings).tls is None
        yield f"It is spoken to {'in clear' if clear else 'over TLS'}."
        yield f"What it keeps is {'sealed' if settings.engine_sealed else 'not sealed'}."


async def _client(settings: Settings) -> Client:
    try:
        async with asyncio.timeout(ENGINE_PATIENCE_S):
            return await connect(
                settings.temporal_address,
                settings.temporal_namespace,
                access=access_of(settings),
            )
    except (RuntimeError, TimeoutError) as error:
        raise _silent(settings, error) from error


def _silent(settings: Settings, error: Exception) -> LocalError:
    why = str(error)[:200] or type(error).__name__
    return LocalError(f"The engine at {settings.temporal_address} does not answer ({why}).")


async def _months(examined: Examined) -> AsyncIterator[str]:
    prepared = min((await months_ahead(examined.assembly.database("relay"))).values())
    if prepared < ENOUGH_MONTHS:
        raise LocalError(
            f"Only {prepared} of the coming months have partitions of their own; run `tradewindow"
            " migrate`, and look why the relay's upkeep does not make them."
        )
    yield f"The next {prepared} months have partitions of their own."


async def _seals(examined: Examined) -> AsyncIterator[str]:
    good, said = seals_standing(await last_sealed(examined.assembly.database("relay")))
    if not good:
        raise LocalError(said)
    yield said


async def _cases(examined: Examined) -> AsyncIterator[str]:
    database = examined.assembly.database("relay")
    client = await _client(examined.settings)
    for sentence in standing(await untold(database), await runs(database, client)):
        yield sentence


async def _people(examined: Examined) -> AsyncIterator[str]:
    relay, window = examined.assembly.database("relay"), examined.assembly.database("window")
    for sentence in waited_too_long(await backlog(relay, window)):
        yield sentence
