"""Assembly of a service's ASGI application: the same rings around every service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

from services.kernel.refusals import NO_ROOM, UNAVAILABLE
from services.platform import telemetry
from services.platform.covering import Covering
from services.platform.described import responses_of
from services.platform.edge import Edge
from services.platform.explorer import add_explorer
from services.platform.form import Form
from services.platform.front import Front
from services.platform.intake import Arrivals, Intake
from services.platform.openapi import state_access
from services.platform.refusing import answer_with_problems, refusing


def create_application(
    *,
    name: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    services: Any,
    signing: Collection[str] = (),
    front: Front | None = None,
    lifespan: Callable[[], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """A service's app under ``/<name>``: its routes, health, explorer, problem details, limits.

    A request passes the rings from the last one added inwards: headers, id and log, guard and form,
    intake.
    """
    front = front or Front()

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        if lifespan is None:
            yield
        else:
            async with lifespan():
                yield

    app = FastAPI(
        title=title,
        description=description,
        version="1",
        openapi_url=f"/{name}/openapi.json",
        docs_url=None,
        redoc_url=None,
        # A slash more or less is another address; sent on, a caller would go where Host says.
        redirect_slashes=False,
        lifespan=living,
        responses=responses_of(name),
    )
    app.state.services = services
    app.state.signing = frozenset(signing)
    app.state.service_name = name
    app.state.front = front
    for router in routers:
        app.include_router(router)
    app.include_router(_health(name))
    state_access(app)
    add_explorer(app, name)
    answer_with_problems(app)
    app.add_middleware(Intake, service=name, limit=front.intake_limit, refuse=refusing)
    app.add_middleware(Form, refuse=refusing, arrivals=Arrivals())
    app.add_middleware(Edge, service=name, front=front)
    app.add_middleware(Covering, encrypted=front.is_encrypted)
    if telemetry.traced():
        FastAPIInstrumentor.instrument_app(app, excluded_urls="health,metrics")
    return app


def _health(name: str) -> APIRouter:
    router = APIRouter(prefix=f"/{name}/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """The process runs."""
        return {"status": "live"}

    @router.get("/ready")
    async def ready(request: Request) -> Response:
        """The process can do its work: its database answers under its own role."""
        database = request.app.state.services.database
        if not await database.answers():
            reason = NO_ROOM if database.is_full else UNAVAILABLE
            return refusing(request.scope, reason.at())
        return JSONResponse({"status": "ready"})

    return router
