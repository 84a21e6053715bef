"""The whole window in one process: every service's HTTP, every worker, the relay."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.operate.assembly import Assembly
from deploy.operate.backlog import backlog_measured
from deploy.operate.listening import BoundedProtocol, listening
from deploy.operate.parts import Part, meanwhile, process, until_cancelled
from deploy.operate.schema import on_its_schema
from deploy.operate.sealing import sealing
from deploy.operate.settings import settings_of
from deploy.operate.upkeep import kept_up
from services import manifests
from services.platform.covering import PAGE_POLICY, Covering
from services.platform.edge import request_named
from services.platform.refusing import on_http
from services.platform.settings import ProcessSettings
from services.platform.telemetry import configure_logging, configure_tracing

log = structlog.get_logger()


@process
async def run(home: Path, *, issuer: Starlette | None = None) -> None:
    """Serve until told to stop, then finish what is under way.

    With ``issuer``, the sandbox's, people can sign in at the screens.
    """
    # Imported late: whoever answers or carries for one service alone does without.
    from deploy.operate.screens import Screens

    settings = settings_of(home)
    configure_logging(settings.log_level, service="window")
    configure_tracing(settings.otlp_endpoint, service="tradewindow")
    log.info("holds_every_secret", file=str(settings.secrets_file), why="one process for all")
    assembly = Assembly.create(settings, with_relay=True, whole=True)
    try:
        # All roles are in one database, so that one asks for all: a service's pool is opened by its
        # first use.
        async with on_its_schema([assembly.database("relay")]):
            app = Screens(all_in_one(assembly), assembly, issuer=issuer)
            async with meanwhile(
                {
                    "http": partial(answering, app, settings, stopping=assembly.stop_waiting),
                    **carriers(assembly),
                    **_beside_all(assembly),
                    "backlog": partial(backlog_measured, assembly),
                    "upkeep": partial(kept_up, assembly.database("relay")),
                    "seals": sealing(assembly),
                }
            ):
                await until_cancelled()
    finally:
        await assembly.close()


def carriers(assembly: Assembly) -> dict[str, Part]:
    """The parts that carry cases on: every worker, and the relay, which is alone here."""
    workers = {
        f"{name}-worker": partial(carried_on, assembly, name) for name in manifests.workers()
    }
    return {**workers, "relay": partial(told, assembly, alone=True)}


def _beside_all(assembly: Assembly) -> dict[str, Part]:
    """What runs beside each service's interface and each worker."""
    parts: dict[str, Part] = {}
    for one in manifests.manifests().values():
        parts |= assembly.beside(one.beside)
        if one.worker is not None:
            parts |= assembly.beside(one.worker.beside)
    return parts


async def carried_on(assembly: Assembly, service: str) -> None:
    """Run a service's worker as soon as the engine answers; cancelled, it finishes its steps."""
    worker = assembly.worker(service, await assembly.connected())
    running = asyncio.create_task(worker.run(), name=f"{service}-worker")
    try:
        await asyncio.shield(running)
    finally:
        await worker.shutdown()
        await running


async def told(assembly: Assembly, *, alone: bool = False) -> None:
    """Run the relay as soon as the engine answers; cancelled, it gives back what it holds."""
    if assembly.relay is None:
        raise ValueError("this process was assembled without the relay")
    await assembly.relay.run(await assembly.connected(), alone=alone)


def all_in_one(assembly: Assembly) -> Starlette:
    """Every service under its own prefix, plus health, metrics and the list of explorers."""
    apps = assembly.apps()

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        if await assembly.silent_databases() or not assembly.is_connected:
            return JSONResponse({"status": "waiting for its servers"}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def outside(request: Request, error: Exception) -> Response:
        # No service's edge has given it an id or says by what it is answered differently.
        request_id = request_named(request.scope)
        response = await on_http(request, error)
        response.headers.update({"Vary": "Accept-Language", "X-Request-Id": request_id})
        return response

    app = Starlette(
        exception_handlers={HTTPException: outside},
        middleware=[Middleware(Covering, encrypted=assembly.front.is_encrypted)],
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/docs", _explorers),
            Route("/", _explorers),
            *metrics_routes(),
            *(Mount(f"/{name}", _Unprefixed(app, name)) for name, app in apps.items()),
        ],
    )
    app.state.service_name = "none"
    # Sent on for a slash, a caller would go where the Host that he was given says.
    app.router.redirect_slashes = False
    return app


def metrics_routes() -> list[Route]:
    """Where Prometheus reads, with and without a slash."""
    return [Route(path, Metrics(), methods=["GET"]) for path in ("/metrics", "/metrics/")]


class Metrics:
    """What this process counts, in the text that Prometheus reads."""

    def __init__(self) -> None:
        self._app = make_asgi_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Unprefixed:
    """Hands a mounted request on with its whole path: services know their own prefix."""

    def __init__(self, app: FastAPI, name: str) -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "root_path": ""}
        await self.app(inner, receive, send)


async def _explorers(_: Request) -> Response:
    links = "".join(f'<li><a href="/{s}/docs">{s}</a></li>' for s in manifests.names())
    return HTMLResponse(
        headers={"Content-Security-Policy": PAGE_POLICY},
        content="<!doctype html><html lang='en'><meta charset='utf-8'><title>Tradewindow</title>"
        "<style>body{font:16px system-ui;margin:3rem;max-width:40rem}li{margin:.4rem 0}</style>"
        "<h1>Tradewindow</h1><p>The open single window for border trade. API explorers:</p>"
        f"<ul>{links}</ul><p><a href='/metrics/'>Metrics</a></p></html>",
    )


async def answering(
    app: ASGIApp, settings: ProcessSettings, *, stopping: Callable[[], None] | None = None
) -> None:
    """Answer HTTP; cancelled, take no more and finish the requests under way in ten seconds.

    ``stopping`` is told first, so that endless answers (streams) end and do not hold up the rest.
    Raises SettingsError when the port is not to be had.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        lifespan="off",
        http=BoundedProtocol,
        ws="none",
    )
    sockets = listening(settings.http_host, settings.http_port)
    _collect_seldom()
    log.info("serving", host=settings.http_host, port=settings.http_port)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets), name="http")
    try:
        await asyncio.shield(serving)
    finally:
        if stopping is not None:
            stopping()
        server.should_exit = True
        await serving


def _collect_seldom() -> None:
    """Spare requests the pauses of the collector for what lives as long as the process anyway.

    What was made at start is not looked at again; cached workflows, which are many and stay, are
    looked at less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Server(uvicorn.Server):
    """uvicorn without ears of its own for signals: who runs it says when it is to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Called by the server around its work; signals go where they went."""
        yield
