"""The whole window in one process: every service's HTTP, every worker, the relay."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from deploy.assembly import WORKERS, Assembly
from deploy.settings import settings_of
from services.platform.settings import SERVICES, Settings
from services.platform.telemetry import configure_logging, configure_tracing

log = structlog.get_logger()


async def run(home: Path) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    settings = settings_of(home)
    configure_logging(settings.log_level, service="window")
    configure_tracing(settings.otlp_endpoint, service="tradewindow")
    assembly = await Assembly.create(settings, with_relay=True)
    async with working(assembly):
        await serve(all_in_one(assembly), settings)
    await assembly.close()


@asynccontextmanager
async def working(assembly: Assembly) -> AsyncIterator[None]:
    """Workers and relay run inside; they drain at the end."""
    if assembly.relay is None:
        raise ValueError("this process was assembled without the relay")
    client = await assembly.connected()
    relay = asyncio.create_task(assembly.relay.run(client), name="relay")
    workers = [assembly.worker(service, client) for service in WORKERS]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        relay.cancel()
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(relay, *running, return_exceptions=True)


def all_in_one(assembly: Assembly) -> Starlette:
    """Every service under its own prefix, plus health, metrics and the list of explorers."""
    apps = assembly.apps()

    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready"})

    return Starlette(
        routes=[
            Route("/health/live", ready),
            Route("/health/ready", ready),
            Route("/docs", _explorers),
            Route("/", _explorers),
            Mount("/metrics", make_asgi_app()),
            *(Mount(f"/{name}", _Unprefixed(app, name)) for name, app in apps.items()),
        ]
    )


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
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Tradewindow</title>"
        "<style>body{font:16px system-ui;margin:3rem;max-width:40rem}li{margin:.4rem 0}</style>"
        "<h1>Tradewindow</h1><p>The open single window for border trade. API explorers:</p>"
        f"<ul>{links}</ul><p><a href='/metrics/'>Metrics</a></p></html>"
    )


async def serve(app: Starlette | FastAPI, settings: Settings) -> None:
    """Answer HTTP until the process is told to stop; requests in flight are finished."""
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    log.info("serving", host=settings.http_host, port=settings.http_port)
    await server.serve()
