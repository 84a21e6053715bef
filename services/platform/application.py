"""Assembly of a service's ASGI application: the same rings around every service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

from services.kernel.refusal import Refusal
from services.platform import problem, telemetry
from services.platform.covering import Covering
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
        responses=_RESPONSES,
    )
    app.state.services = services
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


_PROBLEM: Final[dict[str, Any]] = {
    problem.MEDIA_TYPE: {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "code", "detail", "errors"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "request_id": {"type": "string"},
                "errors_left_out": {
                    "type": "integer",
                    "description": "reasons found beyond those that are shown: at most"
                    f" {problem.MISTAKES_MAX} mistakes of form and {problem.ERRORS_MAX} others",
                },
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["code", "pointer", "detail"],
                        "properties": {
                            "code": {"type": "string"},
                            "pointer": {"type": "string"},
                            "detail": {"type": "string"},
                        },
                    },
                },
            },
        }
    }
}


_RETRY_AFTER: Final = {
    "Retry-After": {"description": "seconds", "schema": {"type": "integer"}},
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "Problem details (RFC 9457)", "content": _PROBLEM},
    "500": {
        "description": "Our fault, logged under the request id. Nothing is known of an act: send it"
        " again with the same Idempotency-Key.",
        "content": _PROBLEM,
    },
    "503": {
        "description": "A server behind the window cannot be reached right now; send it again with"
        " the same Idempotency-Key.",
        "headers": _RETRY_AFTER,
        "content": _PROBLEM,
    },
}


def _health(name: str) -> APIRouter:
    router = APIRouter(prefix=f"/{name}/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """The process runs."""
        return {"status": "live"}

    @router.get("/ready")
    async def ready(request: Request) -> Response:
        """The process can do its work: its database answers under its own role."""
        if not await request.app.state.services.database.answers():
            refusal = Refusal("UNAVAILABLE", "The database does not answer.")
            return refusing(request.scope, refusal)
        return JSONResponse({"status": "ready"})

    return router
