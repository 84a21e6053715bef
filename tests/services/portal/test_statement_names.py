"""A bank's statement names whoever its accounts are of, however many they are."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Final

import httpx2
from joserfc.jwk import OKPKey
from python_calamine import CalamineWorkbook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.operate.assembly import Assembly
from deploy.operate.screens import Screens
from deploy.operate.secret_shares import make
from deploy.sandbox.token import token
from services.platform.settings import Settings
from services.portal.sessions import Keeper, Session

SELLERS: Final = [f"S-VN-{n:04}" for n in range(250)]
TAKEN_AT_ONCE: Final = 100
DAY: Final = "2026-11-26"


async def answered(request: Request) -> Response:
    """The interface of a bank that has paid every seller once."""
    asked, items = request.query_params, list[dict[str, object]]()
    match request.url.path:
        case "/settlement/v1/ledger/balances":
            items = [balance_of(code) for code in SELLERS]
        case "/settlement/v1/ledger/transactions":
            items = [payment_to(code) for code in SELLERS]
        case "/registry/v1/names":
            parties, cases = asked["parties"].split(","), asked["cases"].split(",")
            if max(len(parties), len(cases)) > TAKEN_AT_ONCE:
                return JSONResponse({"code": "INVALID"}, status_code=422)
            # A name is told in the case in which the bank reads it.
            told = [one for one in parties if case_of(one.partition(":")[2]) in cases]
            items = [{"party": one, "name": f"Firm {one}"} for one in told]
    return JSONResponse({"items": items, "next_cursor": None})


def case_of(code: str) -> str:
    return f"stl_{code[-4:]:0>32}"


def balance_of(code: str) -> dict[str, object]:
    stood = ("opening_pending", "opening_posted", "pending", "posted")
    return {"account": f"seller:{code}", "currency": "VND", **dict.fromkeys(stood, "0")}


def payment_to(code: str) -> dict[str, object]:
    leg = {"account": f"seller:{code}", "layer": "POSTED", "amount": "1", "currency": "VND"}
    booked = {"booked_at": f"{DAY}T10:00:00+08:00", "kind": "POSTED"}
    return {**booked, "instruction_id": case_of(code), "postings": [leg]}


async def test_every_seller_of_a_days_statement_stands_by_name(tmp_path: Path) -> None:
    make(tmp_path / "master.json")
    key = OKPKey.generate_key("Ed25519", {"kid": "one"})
    (tmp_path / "jwks.json").write_text(json.dumps(key.as_dict(private=False)))
    settings = Settings(
        database_url="postgresql://db/x",
        secrets_file=tmp_path / "master.json",
        jwks_file=tmp_path / "jwks.json",
        oidc_metadata="https://login.example.org/.well-known/openid-configuration",
    )
    assembly = Assembly.create(settings)
    app = Screens(Starlette(routes=[Route("/{path:path}", answered)]), assembly)
    kept, bank = Response(), "bank:ABOCCNBJ"
    bearer = token(key, role="bank", party=bank, subject=bank, hours=4)
    keys = settings.keys("portal_key") or (settings.key("portal_key"),)
    Keeper(keys, encrypted=assembly.front.is_encrypted).keep(kept, Session.begun(bearer, ""))
    cookie = kept.headers["set-cookie"].partition(";")[0]
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://w") as http:
        file = await http.get(f"/portal/ledger.xlsx?day={DAY}", headers={"cookie": cookie})
    assert file.status_code == 200, file.text
    book = CalamineWorkbook.from_filelike(BytesIO(file.content))
    text = "\n".join(str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row)
    assert [code for code in SELLERS if f"Firm seller:{code}" not in text] == []
