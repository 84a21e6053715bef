"""Papers and photos on the page of their case: seen small, fetched, handed in, taken back."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.forms import FILE_MAX, shown_size
from services.portal.visit import Handler, Visit, acting, reading

_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
_SHOWN: Final = 100
_AS_IT_CAME: Final = ("content-type", "content-disposition", "repr-digest")
_KEPT: Final = "private, max-age=600"
"""A small picture is never another one; who looks at the page again does not fetch it again."""


async def lying_with(visit: Visit, case_id: str) -> dict[str, Any] | None:
    """What lies with a case and what this person may add to it; None of what is not his to see."""
    path, cursor = f"/documents/v1/cases/{case_id}/documents", visit.query("documents")
    found = await visit.calls.maybe(path, limit=_SHOWN, cursor=cursor)
    if found is not None and found["next_cursor"]:
        visit.further["documents"] = found["next_cursor"]
    return None if found is None else {**found, "size": shown_size(found["size_max"])}


def routes(at: str, case: str, page: Handler) -> list[BaseRoute]:
    """Of a case's page at an address, whose part ``case`` names it: its documents' own routes."""

    def back(visit: Visit) -> str:
        return at.replace(f"{{{case}}}", visit.path(case))

    async def added(visit: Visit) -> Response:
        """Hand a photo or a paper in."""
        kind = quote(visit.form.get("kind", ""), safe="")
        await visit.hand_in(f"/documents/v1/cases/{visit.path(case)}/documents/{kind}")
        return visit.turn(back(visit), said="added")

    async def most(visit: Visit) -> int:
        """Bytes of a file that the interface takes."""
        path = f"/documents/v1/cases/{visit.path(case)}/documents"
        return int((await visit.calls.get(path, limit=1))["size_max"])

    async def withdrawn(visit: Visit) -> Response:
        """Take back what one added oneself."""
        path = f"/documents/v1/documents/{visit.path('document_id')}/withdrawal"
        await visit.act(path, {"grounds": visit.form.get("grounds", "")})
        return visit.turn(back(visit), said="done")

    one = f"{at}/documents/{{document_id}}"
    return [
        Route(
            f"{at}/documents",
            acting(added, page=page, room=FILE_MAX, file=True, most=most),
            methods=["POST"],
        ),
        Route(one, reading(_file)),
        Route(f"{one}/small", reading(_small)),
        Route(f"{one}/withdrawal", acting(withdrawn, page=page), methods=["POST"]),
    ]


async def _file(visit: Visit) -> Response:
    """The file itself; a photo is shown, a paper is saved."""
    path = f"/documents/v1/documents/{visit.path('document_id')}/content"
    found = await visit.calls.fetch(path)
    headers = {name: found.headers[name] for name in _AS_IT_CAME if name in found.headers}
    if headers["content-type"].startswith("image/"):
        headers["content-disposition"] = "inline"
    return Response(found.content, headers={**headers, "Content-Security-Policy": _POLICY})


async def _small(visit: Visit) -> Response:
    """A photo as the page of its case shows it."""
    path = f"/documents/v1/documents/{visit.path('document_id')}/small"
    found = await visit.calls.fetch(path)
    headers = {"Cache-Control": _KEPT, "Vary": "Cookie", "Content-Security-Policy": _POLICY}
    return Response(found.content, media_type="image/jpeg", headers=headers)
