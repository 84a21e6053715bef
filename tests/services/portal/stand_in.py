"""The screens before an interface that takes every act and says what it was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.operate.assembly import Assembly
from deploy.operate.screens import Screens
from deploy.operate.secret_shares import make
from deploy.sandbox.token import token
from services.kernel.mistakes import NUMBER_PLAIN
from services.platform import problem
from services.platform.settings import Settings
from services.portal.sessions import Keeper, Session

MADE: dict[str, Any] = {
    **{f"{name}_id": "x" for name in ("lot", "answer", "instruction", "credit", "policy")},
    **{"manifest_no": "M-1", "key_id": "x", "proposed": 0, "filed": 1},
}
LOT: dict[str, Any] = {
    **{"net_kg": "1.000", "gross_kg": "2.000", "pieces": 1, "value": {"amount": "3.00"}},
    **dict.fromkeys(("vehicle_plate", "foreign_plate", "manifest_no", "seller"), ""),
    "seller_bank_bic": "",
}


@dataclass
class Desk:
    """A signed-in person's forms, and what came of the last one."""

    app: Screens
    cookie: str
    form_token: str
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def sends(
        self, address: str, typed: dict[str, str], language: str
    ) -> tuple[httpx2.Response, dict[str, Any]]:
        """The answer to a form, and the request that it became."""
        self.sent.clear()
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://w") as http:
            answer = await http.post(
                address,
                data={"form_token": self.form_token, "key": "k", **typed},
                headers={"cookie": f"{self.cookie}; tw-language={language}"},
            )
        assert self.sent, answer.text
        return answer, self.sent[-1]


def desk_at(folder: Path, *, role: str = "clerk", party: str = "group:DX-G001") -> Desk:
    """A desk of somebody with its secrets in a folder."""
    make(folder / "master.json")
    key = OKPKey.generate_key("Ed25519", {"kid": "one"})
    (folder / "jwks.json").write_text(json.dumps(key.as_dict(private=False)))
    settings = Settings(
        database_url="postgresql://db/x",
        secrets_file=folder / "master.json",
        jwks_file=folder / "jwks.json",
        oidc_metadata="https://login.example.org/.well-known/openid-configuration",
    )
    assembly = Assembly.create(settings)
    sent: list[dict[str, Any]] = []

    async def answered(request: Request) -> Response:
        if request.method == "GET":
            items: dict[str, Any] = {"items": [], "next_cursor": None}
            one = LOT if request.url.path.startswith("/declaration/v1/lots/lot_1") else {}
            tickets = request.url.path.endswith("/tickets")
            return JSONResponse({**items, "items": [{"line_no": 1}]} if tickets else items | one)
        body = await request.json()
        sent.append(body)
        if "?" in json.dumps(body):
            kept = problem.answer([NUMBER_PLAIN.at("/wanted_kg")])
            language = request.headers["accept-language"]
            return JSONResponse(problem.worded(kept.body, language), status_code=422)
        return JSONResponse(MADE)

    routes = [Route("/{path:path}", answered, methods=["GET", "POST"])]
    app = Screens(Starlette(routes=routes), assembly)
    kept = Response()
    bearer = token(key, role=role, party=party, subject=party, hours=4)
    keys = settings.keys("portal_key") or (settings.key("portal_key"),)
    keeper, session = Keeper(keys, encrypted=assembly.front.is_encrypted), Session.begun(bearer, "")
    keeper.keep(kept, session)
    cookie = kept.headers["set-cookie"].partition(";")[0]
    return Desk(app, cookie, keeper.form_token(session), sent)
