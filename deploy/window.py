"""The whole window in one process: every service's HTTP, every worker, the relay."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from deploy.assembly import WORKERS, Assembly
from deploy.backlog import measured
from deploy.draw_days import draw_days_opened
from deploy.left_reports import left_reports_carried_out
from deploy.listening import BoundedProtocol
from deploy.schema import on_its_schema
from deploy.settings import settings_of
from deploy.upkeep import kept_up
from services.kernel.refusals import NO_ADDRESS
from services.platform.covering import PAGE_POLICY, Covering
from services.platform.refusing import problem_response
from services.platform.relay import Relay
from services.platform.settings import SERVICES, Settings
from services.platform.telemetry import configure_logging, configure_tracing

DRAIN_S = 15.0

log = structlog.get_logger()


async def run(home: Path) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    settings = settings_of(home)
    configure_logging(settings.log_level, service="window")
    configure_tracing(settings.otlp_endpoint, service="tradewindow")
    log.info("holds_every_secret", file=str(settings.secrets_file), why="one process for all")
    assembly = Assembly.create(settings, with_relay=True, whole=True)
    async with (
        on_its_schema(assembly.database(service) for service in (*SERVICES, "relay")),
        working(assembly),
        measured(assembly),
        delivering(assembly),
        kept_up(assembly.database("relay")),
        draw_days_opened(assembly),
        left_reports_carried_out(assembly),
    ):
        await serve(all_in_one(assembly), settings, stopping=assembly.stop_waiting)
    await assembly.close()


@asynccontextmanager
async def delivering(assembly: Assembly) -> AsyncIterator[None]:
    """Events go to webhooks meanwhile; what was under way when it ends is delivered again."""
    running = asyncio.create_task(assembly.delivery().run(), name="delivery")
    try:
        with ended_by(running):
            yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.contextmanager
def ended_by(part: asyncio.Task[None]) -> Iterator[None]:
    """Inside, a part that ends by itself ends the process: whoever keeps it starts it anew.

    A process that goes on without its part would answer that it lives and is ready.
    """

    def end(ended: asyncio.Task[None]) -> None:
        error = None if ended.cancelled() else ended.exception()
        log.error("a_part_ended", part=ended.get_name(), error=repr(error))
        os.kill(os.getpid(), signal.SIGTERM)

    part.add_done_callback(end)
    try:
        yield
    finally:
        part.remove_done_callback(end)


@asynccontextmanager
async def working(assembly: Assembly) -> AsyncIterator[None]:
    """Workers and relay run inside, as soon as Temporal answers; they drain at the end."""
    if assembly.relay is None:
        raise ValueError("this process was assembled without the relay")
    stop = asyncio.Event()
    work = asyncio.create_task(_work(assembly, assembly.relay, stop), name="work")
    try:
        yield
    finally:
        stop.set()
        if assembly.is_connected:
            await work
        else:
            work.cancel()


async def _work(assembly: Assembly, relay: Relay, stop: asyncio.Event) -> None:
    client = await assembly.connected()
    workers = [assembly.worker(service, client) for service in WORKERS]
    parts = [asyncio.create_task(worker.run()) for worker in workers]
    parts.append(asyncio.create_task(relay.run(client, alone=True), name="relay"))
    stopping = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait((*parts, stopping), return_when=asyncio.FIRST_COMPLETED)
    if stopping not in ended:
        log.error("a_part_ended", errors=[repr(part.exception()) for part in ended])
        os.kill(os.getpid(), signal.SIGTERM)
        await stopping
    parts[-1].cancel()
    # A worker that does not drain in time is left to the end of the process: its steps are
    # safe to run again, and nobody who asked for a stop should wait for ever.
    draining = [asyncio.create_task(worker.shutdown()) for worker in workers if worker.is_running]
    if draining:
        await asyncio.wait(draining, timeout=DRAIN_S)


def all_in_one(assembly: Assembly) -> Starlette:
    """Every service under its own prefix, plus health, metrics and the list of explorers."""
    apps = assembly.apps()

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        if not await assembly.database("window").answers() or not assembly.is_connected:
            return JSONResponse({"status": "waiting for its servers"}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def nowhere(request: Request, _: Exception) -> Response:
        response = problem_response((NO_ADDRESS.at(),), request.scope)
        response.headers["Vary"] = "Accept-Language"
        return response

    app = Starlette(
        exception_handlers={404: nowhere},
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
    links = "".join(f'<li><a href="/{s}/docs">{s}</a></li>' for s in SERVICES)
    return HTMLResponse(
        headers={"Content-Security-Policy": PAGE_POLICY},
        content="<!doctype html><html lang='en'><meta charset='utf-8'><title>Tradewindow</title>"
        "<style>body{font:16px system-ui;margin:3rem;max-width:40rem}li{margin:.4rem 0}</style>"
        "<h1>Tradewindow</h1><p>The open single window for border trade. API explorers:</p>"
        f"<ul>{links}</ul><p><a href='/metrics/'>Metrics</a></p></html>",
    )


async def serve(
    app: Starlette | FastAPI, settings: Settings, *, stopping: Callable[[], None] | None = None
) -> None:
    """Answer HTTP until the process is told to stop; requests in flight are finished.

    ``stopping`` is told first, so that endless answers (streams) end and do not hold up the rest.
    """
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        lifespan="off",
        http=BoundedProtocol,
        ws="none",
    )
    _collect_seldom()
    log.info("serving", host=settings.http_host, port=settings.http_port)
    await _Server(config, stopping).serve()


def _collect_seldom() -> None:
    """Spare requests the pauses of the collector for what lives as long as the process anyway.

    What was made at start is not looked at again; cached workflows, which are many and stay, are
    looked at less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Server(uvicorn.Server):
    """uvicorn, telling somebody when it is told to stop, before it drains."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called in the signal handler: everything else is left to the loop."""
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping)
        super().handle_exit(sig, frame)
