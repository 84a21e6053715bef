"""Another party's object is answered like one that does not exist: the same bytes, for every route.

Routes are read from the descriptions; a new one whose address names a lot, a case, an order or a
resident is asked the same day.
"""

from __future__ import annotations

from typing import Any, Final

import httpx2
import pytest

from services.kernel.identifiers import new_id
from services.manifests import scopes_of_roles
from services.platform.roles import DUTIES
from tests.architecture.routes import Route, every_route
from tests.support.harbour import Harbour

NAMED: Final = {"lot_id": "lot", "case_id": "lot", "resident_id": "res"}
ASKED: Final = [
    route
    for route in every_route()
    if not route.is_open
    and [p["name"] for p in route.operation.get("parameters", []) if p["in"] == "path"]
    in [[name] for name in NAMED]
]
STRANGERS: Final = [role for role in DUTIES if role not in ("auditor", "registrar")]
"""An auditor reads everything, a registrar all residents: to them nothing is another's."""


@pytest.fixture(scope="module")
async def real(harbour: Harbour) -> dict[str, str]:
    """A lot and its resident, of a group and at a port that nobody here belongs to."""
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    resident_id = await harbour.window.resident_id(group.residents[0])
    return {"lot": lot_id, "res": resident_id}


@pytest.mark.parametrize("route", ASKED, ids=str)
async def test_what_is_anothers_is_answered_like_what_is_not_there(
    harbour: Harbour, real: dict[str, str], route: Route
) -> None:
    roles = [role for role in STRANGERS if route.scopes[0] in scopes_of_roles()[role]]
    (name,) = [n for n in NAMED if "{" + n + "}" in route.path]
    for role in roles:
        theirs = await _asked(harbour, route, role, name, real[NAMED[name]])
        nobodys = await _asked(harbour, route, role, name, new_id(NAMED[name]))

        assert _said(theirs) == _said(nobodys), role
        assert theirs.status_code >= 400


async def _asked(harbour: Harbour, route: Route, role: str, name: str, id_: str) -> httpx2.Response:
    kind = DUTIES[role].party_kind
    code = {"officer": new_id("ofc"), "resident": new_id("res"), "enterprise": "4506969990"}
    party = harbour.window.parties.act_as(
        role, f"{kind}:{code.get(kind, 'STRANGER')}", port="ELSEWHERE"
    )
    bearer = {"Authorization": f"Bearer {party.bearer}"}
    path = route.path.replace("{" + name + "}", id_)
    if route.method == "GET":
        return await party.http.get(path, headers=bearer)
    return await party.try_post(path, route.body() or {})


def _said(answer: httpx2.Response) -> tuple[int, dict[str, Any]]:
    told = {key: value for key, value in answer.json().items() if key not in ("request_id", "at")}
    return answer.status_code, told
