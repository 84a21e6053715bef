"""The same code as separate processes: one HTTP process and one worker per service, and the relay.

Settings come from the environment (DATABASE_URL, TEMPORAL_ADDRESS, OIDC_ISSUER, …), or with
``--home`` from the data directory of a window on this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi.responses import JSONResponse, Response
from prometheus_client import make_asgi_app
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route

from deploy.assembly import Assembly
from deploy.backlog import measured
from deploy.data_directory import LocalError
from deploy.home import Home, home_or_default
from deploy.loop import on_uvloop
from deploy.settings import settings_of
from deploy.upkeep import kept_up
from deploy.window import delivering, ended_by
from deploy.window import serve as serve_http
from services.platform.database import Database
from services.platform.settings import Settings
from services.platform.telemetry import configure_logging, configure_tracing

Service = Literal["registry", "declaration", "inspection", "settlement", "processing", "window"]
Worker = Literal["declaration", "inspection", "settlement", "processing"]


@on_uvloop
async def serve(service: Service, /, *, port: int | None = None, home: Home = None) -> None:
    """Run one service's HTTP interface alone.

    Parameters
    ----------
    port
        Where it answers; HTTP_PORT when not given.
    """
    settings = _settings(home, port, name=service)
    assembly = await Assembly.create(settings)
    app = assembly.app(service)
    app.mount("/metrics", make_asgi_app())
    async with contextlib.AsyncExitStack() as beside:
        if service == "window":
            await beside.enter_async_context(delivering(assembly))
        await serve_http(app, settings, stopping=assembly.streams.close)
    await assembly.close()


@on_uvloop
async def work(service: Worker, /, *, port: int | None = None, home: Home = None) -> None:
    """Run one service's Temporal worker alone, with health and metrics on its port.

    Parameters
    ----------
    port
        Where health and metrics answer; HTTP_PORT when not given.
    """
    settings = _settings(home, port, name=f"{service}-worker")
    assembly = await Assembly.create(settings)
    worker = assembly.worker(service, await assembly.connected())

    async def until_stopped() -> None:
        running = asyncio.create_task(worker.run(), name="worker")
        try:
            with ended_by(running):
                await serve_http(_health(assembly.database(service)), settings)
        finally:
            await worker.shutdown()
            await running

    await _run(until_stopped, assembly)


@on_uvloop
async def relay(*, port: int | None = None, home: Home = None) -> None:
    """Run the outbox relay alone, with health and metrics on its port.

    Parameters
    ----------
    port
        Where health and metrics answer; HTTP_PORT when not given.
    """
    settings = _settings(home, port, name="relay")
    assembly = await Assembly.create(settings, with_relay=True)
    client = await assembly.connected()

    async def until_stopped() -> None:
        if assembly.relay is None:
            raise AssertionError("assembled with the relay")
        running = asyncio.create_task(assembly.relay.run(client), name="relay")
        try:
            async with measured(assembly), kept_up(assembly.database("relay")):
                with ended_by(running):
                    await serve_http(_health(assembly.database("relay")), settings)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    await _run(until_stopped, assembly)


async def _run(until_stopped: Callable[[], Awaitable[None]], assembly: Assembly) -> None:
    try:
        await until_stopped()
    finally:
        await assembly.close()


def _settings(home: Home, port: int | None, *, name: str) -> Settings:
    if home is not None:
        settings = settings_of(home_or_default(home))
    else:
        try:
            settings = Settings()
        except ValidationError as error:
            missing = ", ".join(str(e["loc"][0]).upper() for e in error.errors())
            raise LocalError(
                f"Set {missing} in the environment, or name a data directory with --home."
            ) from None
    if port is not None:
        settings.http_port = port
    configure_logging(settings.log_level, service=name)
    configure_tracing(settings.otlp_endpoint, service=f"tradewindow-{name}")
    return settings


def _health(database: Database) -> Starlette:
    """Health and metrics of a process that serves no API."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        if not await database.answers():
            return JSONResponse({"status": "the database does not answer"}, status_code=503)
        return JSONResponse({"status": "ready"})

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Mount("/metrics", make_asgi_app()),
        ]
    )
