"""Signed papers: asked for on a case's page, fetched as files, and checked by anybody."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.visit import Visit, acting, reading

_PAPERS: Final = "/documents/v1/papers"
_NUMBER_MAX: Final = 48


async def issued(visit: Visit) -> Response:
    """A paper of a case in the reader's language; then the paper itself."""
    asked = visit.typed_in(("kind", "about"))
    paper = await visit.act(_PAPERS, {**asked, "language": visit.language})
    return visit.turn(f"{HOME}papers/{_plain(paper['paper_no'])}.pdf")


async def fetched(visit: Visit) -> Response:
    """A paper as it was signed, byte for byte."""
    number = visit.path("number")
    paper = await visit.calls.fetch(f"{_PAPERS}/{quote(number, safe='')}")
    headers = {
        "Content-Disposition": f'inline; filename="{_plain(number)}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(paper.content, media_type="application/pdf", headers=headers)


async def checked(visit: Visit) -> Response:
    """Whether a paper is genuine and still valid, without sign-in; it names nobody. The gate's own
    question of a pass is another one: whether its truck may leave."""
    number = visit.path("number")[:_NUMBER_MAX]
    paper = await visit.calls.maybe(f"{_PAPERS}/{quote(number, safe='')}/standing")
    if paper and paper["kind"] == "PASS" and visit.role == "gate":
        return visit.turn(f"{HOME}?q={quote(number, safe='')}")
    return visit.page("paper.html", status=None if paper else 404, paper=paper, number=number)


async def sought(visit: Visit) -> Response:
    """The number of a paper, typed by hand."""
    if number := _plain(visit.query("number") or "")[:_NUMBER_MAX]:
        return visit.turn(f"{HOME}paper/{quote(number, safe='')}")
    return visit.page("paper.html", paper=None, number=None)


def _plain(number: str) -> str:
    """A number without the dashes that it is printed with."""
    return "".join(sign for sign in number.lower() if sign.isascii() and sign.isalnum())


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}papers", acting(issued), methods=["POST"]),
    Route(f"{HOME}papers/{{number}}.pdf", reading(fetched)),
    Route(f"{HOME}paper", reading(sought, public=True)),
    Route(f"{HOME}paper/{{number}}", reading(checked, public=True)),
]
