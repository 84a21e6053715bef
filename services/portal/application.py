"""The application of the screens, under ``/portal/``."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from services.platform.covering import Covering
from services.platform.edge import Edge
from services.platform.front import Front
from services.platform.language import LANGUAGES
from services.portal import sign_in
from services.portal.addresses import HOME, local
from services.portal.pages import (
    absences,
    amendments,
    answers,
    banks,
    board,
    carriers,
    cases,
    certificates,
    clerks,
    corrections,
    credit,
    draws,
    factories,
    figures,
    filings,
    gates,
    home,
    law,
    ledger,
    lot_files,
    lots,
    name_reports,
    notices,
    officers,
    papers,
    phones,
    registers,
    reports,
    residents,
    rosters,
    rules,
    screening,
)
from services.portal.rendering import assets
from services.portal.visit import LANGUAGE, Portal, visit_of

_FOR_EVER: Final = "public, max-age=31536000, immutable"
PAGES: Final[list[BaseRoute]] = [
    *home.ROUTES,
    *board.ROUTES,
    *draws.ROUTES,
    *figures.ROUTES,
    *cases.ROUTES,
    *clerks.ROUTES,
    *corrections.ROUTES,
    *credit.ROUTES,
    *reports.ROUTES,
    *lot_files.ROUTES,
    *lots.ROUTES,
    *absences.ROUTES,
    *amendments.ROUTES,
    *residents.ROUTES,
    *name_reports.ROUTES,
    *phones.ROUTES,
    *officers.ROUTES,
    *rosters.ROUTES,
    *banks.ROUTES,
    *ledger.ROUTES,
    *screening.ROUTES,
    *answers.ROUTES,
    *factories.ROUTES,
    *gates.ROUTES,
    *rules.ROUTES,
    *law.ROUTES,
    *registers.ROUTES,
    *filings.ROUTES,
    *carriers.ROUTES,
    *certificates.ROUTES,
    *papers.ROUTES,
    *notices.ROUTES,
]
"""What people read and send, without the way in."""


def create_portal(portal: Portal, issuer: sign_in.Issuer, front: Front) -> Starlette:
    """Every page, with the same rings around them as around a service."""
    app = Starlette(
        routes=[*_own_routes(), *sign_in.routes(issuer), *PAGES],
        middleware=[
            Middleware(Covering, encrypted=front.is_encrypted),
            Middleware(Edge, service="portal", front=front),
        ],
        exception_handlers={404: _nowhere, 405: _to_its_page},
    )
    app.router.redirect_slashes = False
    app.state.portal = portal
    app.state.service_name = "portal"
    return app


def _own_routes() -> list[BaseRoute]:
    return [
        # The first address of a window leads to them.
        Route("/", _to_home),
        Route("/portal", _to_home),
        Route(f"{HOME}health/live", _live),
        Route(f"{HOME}health/ready", _ready),
        Route(f"{HOME}assets/{{name}}", _asset),
        Route(f"{HOME}language/{{language}}", _language),
    ]


async def _to_home(_: Request) -> Response:
    return RedirectResponse(HOME, status_code=303)


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _ready(request: Request) -> Response:
    portal: Portal = request.app.state.portal
    if await portal.interface.answers():
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "the interface does not answer"}, status_code=503)


async def _asset(request: Request) -> Response:
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = found.packed if packed else found.plain
    return Response(body, media_type=found.media_type, headers=headers)


async def _language(request: Request) -> Response:
    """Another language from here on, in this browser."""
    language = request.path_params["language"]
    response = RedirectResponse(local(request.query_params.get("next")), status_code=303)
    if language in LANGUAGES:
        secure = request.app.state.portal.keeper.name.startswith("__Host-")
        response.set_cookie(
            LANGUAGE, language, max_age=31_536_000, path="/", secure=secure, samesite="lax"
        )
    return response


async def _to_its_page(request: Request, error: Exception) -> Response:
    """The address of a form's act, loaded by hand or for another language: its page, then."""
    path = request.url.path
    while request.method == "GET" and path.count("/") > HOME.count("/"):
        path = path.rpartition("/")[0]
        scope = {**request.scope, "path": path}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            return RedirectResponse(path, status_code=303)
    if request.method == "GET":
        return await _to_home(request)
    return await _nowhere(request, error)


async def _nowhere(request: Request, _: Exception) -> Response:
    return visit_of(request).page("stopped.html", status=404, why="nowhere")
