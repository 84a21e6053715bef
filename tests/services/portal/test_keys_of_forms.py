"""A page that answers a form has forms of its own: what is sent from one of them is another act."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import Response

from services.kernel.identifiers import new_id
from services.portal.application import PAGES
from services.portal.interface import Interface
from services.portal.sessions import Keeper, Session
from services.portal.shared import Shared
from services.portal.visit import Portal

ASKED_IN_PLACE: Final = ("/portal/find/resident", "/portal/registers/residents")
"""Look-ups whose answer stands on the page of their form, for a number may stand in no address."""
FILED_IN_PLACE: Final = ("/portal/filings/sellers/record", "/portal/filings/banks/record")
"""Filings after which the next record is filed from the same page."""
RECORD: Final = {"code": "S1", "name": "Sample", "country": "VN", "bic": "SAMPVNVX"}
OUR_OWN: Final = {"Origin": "http://window", "Sec-Fetch-Site": "same-origin"}


def _registrar() -> str:
    """A token of one who looks residents up, as an issuer writes one."""
    scopes = "registry:resident:lookup registry:record:write"
    claims = {"sub": "s", "role": "registrar", "scope": scopes, "exp": int(time.time()) + 3600}
    parts = (b"{}", json.dumps(claims).encode(), b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@dataclass
class Desk:
    """The screens before an interface that answers as it is told, and the keys that it was sent."""

    answer: httpx2.Response
    keys: list[str] = field(default_factory=list)
    http: httpx2.AsyncClient = field(init=False)
    form_token: str = field(init=False)

    def __post_init__(self) -> None:
        asked = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answered))
        interface = Interface(asked, "http://interface")
        keeper = Keeper([b"k" * 32], encrypted=False)
        app = Starlette(routes=PAGES)
        app.state.portal = Portal(interface, keeper, None, False, Shared(interface))
        session, kept = Session.begun(_registrar(), "样本"), Response()
        keeper.keep(kept, session)
        cookie = kept.headers["set-cookie"].partition(";")[0]
        self.form_token = keeper.form_token(session)
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="http://window",
            headers={"Cookie": cookie, **OUR_OWN},
        )

    def _answered(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json={"items": [], "next_cursor": None})
        self.keys.append(request.headers["Idempotency-Key"])
        return self.answer

    async def sent(self, address: str, key: str) -> set[str]:
        """A form is sent; the keys of the forms on the page that answers it."""
        typed = {"form_token": self.form_token, "key": key, "resident_nos": "1", **RECORD}
        shown = await self.http.post(address, data=typed)
        return set(re.findall(r'name="key" value="([^"]+)"', shown.text))


@pytest.fixture
async def desks() -> AsyncIterator[list[Desk]]:
    opened: list[Desk] = []
    yield opened
    for desk in opened:
        await desk.http.aclose()


@pytest.mark.parametrize("address", [*ASKED_IN_PLACE, *FILED_IN_PLACE])
async def test_the_page_of_an_answer_sends_its_next_form_under_another_key(
    desks: list[Desk], address: str
) -> None:
    items = [{"filed": False, "resident_no": "1", "resident_id": new_id("res")}]
    desk = Desk(httpx2.Response(200, json={"items": items, "filed": 1, "found": 0}))
    desks.append(desk)
    keys = await desk.sent(address, "the-first")
    assert desk.keys == ["the-first"]
    assert keys
    assert "the-first" not in keys


@pytest.mark.parametrize("address", ASKED_IN_PLACE)
async def test_a_form_of_whose_act_nothing_is_known_is_sent_again_under_its_key(
    desks: list[Desk], address: str
) -> None:
    desk = Desk(httpx2.Response(503, json={"code": "BUSY", "detail": "Later."}))
    desks.append(desk)
    assert await desk.sent(address, "the-first") == {"the-first"}
