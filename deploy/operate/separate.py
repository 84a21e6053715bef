"""The same code as separate processes: one HTTP process and one worker per service, and the relay.

Settings come from the environment (DATABASE_URL, TEMPORAL_ADDRESS, OIDC_ISSUER, …), or with
``--home`` from the data directory of a window on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

import structlog
from fastapi.responses import JSONResponse, Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from deploy.operate.assembly import Assembly
from deploy.operate.backlog import backlog_measured
from deploy.operate.home import Home, home_or_default
from deploy.operate.parts import Part, meanwhile, process, until_cancelled
from deploy.operate.schema import on_its_schema
from deploy.operate.sealing import sealing
from deploy.operate.secret_shares import NEEDS, excess, require, serves
from deploy.operate.settings import environment_settings, settings_of
from deploy.operate.upkeep import kept_up
from deploy.operate.window import answering, carried_on, metrics_routes, told
from services import manifests
from services.platform.covering import Covering
from services.platform.database import Database
from services.platform.manifest import Carrier
from services.platform.settings import Settings, SettingsError
from services.platform.telemetry import configure_logging, configure_tracing
from services.platform.temporal import access_of

log = structlog.get_logger()


@process
async def serve(service: str, /, *, port: int | None = None, home: Home = None) -> None:
    """Run one service's HTTP interface alone.

    Parameters
    ----------
    service
        Each folder of services/ with a manifest is one.
    port
        Where it answers; HTTP_PORT when not given.
    """
    if service not in manifests.names():
        raise SettingsError(
            f"There is no service {service}; name one of {', '.join(manifests.names())}."
        )
    assembly = Assembly.create(_settings(home, port, name=service))
    app = assembly.app(service)
    app.router.routes.extend(metrics_routes())
    parts: dict[str, Part] = {
        "http": partial(answering, app, assembly.settings, stopping=assembly.stop_waiting)
    }
    parts |= assembly.beside(manifests.manifest(service).beside)
    await _run(assembly, service, parts)


@process
async def work(service: str, /, *, port: int | None = None, home: Home = None) -> None:
    """Run one service's Temporal worker alone, with health and metrics on its port.

    Parameters
    ----------
    service
        One that carries cases.
    port
        Where health and metrics answer; HTTP_PORT when not given.
    """
    carrier = _carrier(service)
    name = f"{service}-worker"
    assembly = Assembly.create(_settings(home, port, name=name))
    parts: dict[str, Part] = {
        "http": partial(answering, _health(assembly, service), assembly.settings),
        name: partial(carried_on, assembly, service),
    }
    parts |= assembly.beside(carrier.beside)
    await _run(assembly, name, parts)


@process
async def relay(*, port: int | None = None, home: Home = None) -> None:
    """Run the outbox relay alone, with health and metrics on its port.

    Parameters
    ----------
    port
        Where health and metrics answer; HTTP_PORT when not given.
    """
    assembly = Assembly.create(_settings(home, port, name="relay"), with_relay=True)
    parts: dict[str, Part] = {
        "http": partial(answering, _health(assembly, "relay"), assembly.settings),
        "relay": partial(told, assembly),
        "backlog": partial(backlog_measured, assembly),
        "upkeep": partial(kept_up, assembly.database("relay")),
        "seals": sealing(assembly),
    }
    await _run(assembly, "relay", parts)


def _carrier(service: str) -> Carrier:
    found = manifests.manifests().get(service)
    if found is None or found.worker is None:
        carrying = ", ".join(manifests.workers())
        raise SettingsError(f"No service {service} carries cases; name one of {carrying}.")
    return found.worker


async def _run(assembly: Assembly, name: str, parts: Mapping[str, Part]) -> None:
    try:
        async with on_its_schema(_databases(assembly, name)), meanwhile(parts):
            await until_cancelled()
    finally:
        await assembly.close()


def _databases(assembly: Assembly, process: str) -> list[Database]:
    """A process's databases, one by each role whose password it was given."""
    return [assembly.database(service) for service in serves(process)]


def _settings(home: Home, port: int | None, *, name: str) -> Settings:
    settings = (
        settings_of(home_or_default(home)) if home is not None else environment_settings(Settings)
    )
    if port is not None:
        settings.http_port = port
    require(settings, name)
    configure_logging(settings.log_level, service=name)
    configure_tracing(settings.otlp_endpoint, service=f"tradewindow-{name}")
    say_what_is_open(settings, name)
    return settings


def say_what_is_open(settings: Settings, process: str) -> None:
    """One log line for each thing that a deployer should know to be wider than it need be."""
    if more := excess(settings, process):
        log.warning("more_secrets_than_needed", process=process, held=more)
    if not settings.sandbox:
        if os.environ.get("PGSSLMODE") not in {"verify-full", "verify-ca"}:
            log.warning("database_connection_not_verified", set="PGSSLMODE=verify-full")
        if "engine_key" not in NEEDS[process]:
            if told := sorted(n for n in settings.model_fields_set if n.startswith("temporal_")):
                log.warning("told_of_the_engine_without_need", process=process, told=told)
            return
        if access_of(settings).tls is None:
            log.warning("engine_connection_in_clear", set="TEMPORAL_TLS or TEMPORAL_SERVER_CA")
        if not settings.engine_sealed:
            log.warning("engine_not_sealed", set="ENGINE_SEALED=true")


def _health(assembly: Assembly, service: str) -> Starlette:
    """Health and metrics of a process that serves no API; ready when both its servers answer."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        database = assembly.database(service)
        if not await database.answers():
            said = "has no room to write" if database.is_full else "does not answer"
            return JSONResponse({"status": f"the database {said}"}, status_code=503)
        if not await assembly.engine_answers():
            return JSONResponse({"status": "the workflow engine does not answer"}, status_code=503)
        return JSONResponse({"status": "ready"})

    return Starlette(
        middleware=[Middleware(Covering, encrypted=False)],
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            *metrics_routes(),
        ],
    )
