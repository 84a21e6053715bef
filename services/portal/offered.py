"""Pages whose form is for some: who has no right to send it reads so, before anything is typed."""

from __future__ import annotations

from starlette.responses import Response

from services.portal.visit import Handler, Visit


def only(page: Handler, scope: str, *, of: str = "") -> Handler:
    """A page for those who may send its form: whose token has the scope, and with ``of`` acts for
    such a party. The interface judges what is sent all the same."""

    async def shown(visit: Visit) -> Response:
        kind = str(visit.claims.get("party", "")).partition(":")[0]
        if scope in visit.scopes and of in ("", kind):
            return await page(visit)
        return visit.page("stopped.html", status=403, why="not_yours")

    return shown
