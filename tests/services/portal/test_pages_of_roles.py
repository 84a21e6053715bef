"""A page whose form somebody has no right to send says so, and offers no form: pages by roles."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.operate.assembly import Assembly
from deploy.operate.screens import Screens
from deploy.operate.secret_shares import make
from services.kernel.base64url import base64url
from services.manifests import scopes_of_roles
from services.platform.settings import Settings
from services.portal.application import PAGES
from services.portal.sessions import Keeper, Session

ROLES: Final = sorted(scopes_of_roles())
PARTY: Final = {"clerk": "group:DX-G001", "resident": "resident:res_1"}
OFFERED: Final = {
    "/portal/filings": {"registrar"},
    "/portal/law/new": {"policy_officer"},
    "/portal/lots/file": {"clerk"},
    "/portal/lots/new": {"clerk"},
    "/portal/me/phones": {"resident"},
    "/portal/phones": {"registrar"},
    "/portal/registers/residents": {"clerk", "officer", "registrar"},
    "/portal/rules/new": {"risk_officer"},
}
"""Pages that ask the interface nothing about which it could say that they are not the reader's."""
FOR_MORE: Final = {"/portal/": {"gate"}, "/portal/find": {"clerk", "officer", "registrar"}}
"""Pages for others too, on which these alone have a form."""
NOT_YOURS: Final = "This page is not yours"
_SENT: Final = re.compile(r'<form\b[^>]*method="post"[^>]*action="([^"]+)"')


async def refuses(_: Request) -> Response:
    """An interface to which nobody may do anything."""
    said = {"code": "FORBIDDEN", "title": "not allowed", "detail": "no", "errors": []}
    return JSONResponse(said, status_code=403)


@pytest.fixture
def screens(tmp_path: Path) -> Iterator[tuple[Screens, Keeper]]:
    make(tmp_path / "master.json")
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    (tmp_path / "jwks.json").write_text(json.dumps(key))
    settings = Settings(
        database_url="postgresql://db/x",
        secrets_file=tmp_path / "master.json",
        jwks_file=tmp_path / "jwks.json",
        oidc_metadata="https://login.example.org/.well-known/openid-configuration",
    )
    assembly = Assembly.create(settings)
    keys = settings.keys("portal_key") or (settings.key("portal_key"),)
    keeper = Keeper(keys, encrypted=assembly.front.is_encrypted)
    methods = ["GET", "POST"]
    inner = Starlette(routes=[Route("/{path:path}", refuses, methods=methods)])
    yield Screens(inner, assembly), keeper


def cookie_of(keeper: Keeper, role: str) -> str:
    claims = {
        "sub": "somebody",
        "role": role,
        "party": PARTY.get(role, f"{role}:one"),
        "scope": " ".join(sorted(scopes_of_roles()[role])),
        "exp": int(time.time()) + 3600,
    }
    kept = Response()
    token = f"e30.{base64url(json.dumps(claims).encode())}.c2ln"
    keeper.keep(kept, Session.begun(token, "Somebody"))
    return kept.headers["set-cookie"].partition(";")[0]


def addresses() -> list[str]:
    """Every page that is one for all who come, and no one case's."""
    routes = [route for route in PAGES if isinstance(route, Route)]
    return sorted(
        route.path
        for route in routes
        if "{" not in route.path and "GET" in (route.methods or ()) and route.path != "/portal/live"
    )


@pytest.mark.parametrize("role", ROLES)
async def test_no_page_offers_a_form_to_whom_may_not_send_it(
    screens: tuple[Screens, Keeper], role: str
) -> None:
    app, keeper = screens
    headers = {"accept-language": "en", "cookie": cookie_of(keeper, role)}
    transport = httpx2.ASGITransport(app=app)
    offered, told = set(), set()
    async with httpx2.AsyncClient(transport=transport, base_url="http://w") as http:
        for path in addresses():
            answer = await http.get(path, headers=headers)
            sent = [to for to in _SENT.findall(answer.text) if to != "/portal/sign-out"]
            if answer.status_code == 200 and sent:
                offered.add(path)
            if NOT_YOURS in answer.text:
                assert (answer.status_code, sent) == (403, []), path
                told.add(path)
    assert told == {path for path, roles in OFFERED.items() if role not in roles}
    assert offered <= {p for p, roles in (OFFERED | FOR_MORE).items() if role in roles}
