"""A page asks the interface so many things as the person who looks, however much it lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import httpx2
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.operate.screens import Screens
from deploy.operate.window import all_in_one
from deploy.sandbox.issuer import create_issuer
from deploy.sandbox.parties import Party
from services.kernel.identifiers import new_id
from services.portal.sessions import Keeper, Session
from tests.support.inspection import Office
from tests.support.on_file import group_filed

ORDERS: Final = "/inspection/v1/orders"


@dataclass
class Heard:
    """The interface, and what it was asked with somebody's token; what is shown to everybody alike
    is asked without one, once in some seconds."""

    interface: ASGIApp
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"authorization" in dict(scope["headers"]):
            self.asked.append(scope["path"])
        await self.interface(scope, receive, send)


@dataclass(frozen=True)
class Screen:
    """The screens of an office."""

    office: Office
    heard: Heard
    http: httpx2.AsyncClient

    async def page(self, reader: Party, path: str) -> tuple[str, list[str]]:
        """A page as somebody reads it, and what it asked."""
        settings = self.office.assembly.settings
        keys = settings.keys("portal_key") or (settings.key("portal_key"),)
        kept = Response()
        keeper = Keeper(keys, encrypted=self.office.assembly.front.is_encrypted)
        keeper.keep(kept, Session.begun(reader.bearer, ""))
        cookie = kept.headers["set-cookie"].partition(";")[0]
        self.heard.asked.clear()
        shown = await self.http.get(path, headers={"Cookie": cookie})
        assert shown.status_code == 200, shown.text
        return shown.text, list(self.heard.asked)


@pytest.fixture
async def screen(office: Office) -> AsyncIterator[Screen]:
    heard = Heard(all_in_one(office.assembly))
    parties = office.parties
    issuer = create_issuer(office.assembly.settings.secrets_file.parent, parties.key)
    app = Screens(heard, office.assembly, issuer=issuer)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        yield Screen(office, heard, http)


async def test_an_officers_inbox_names_its_declarants_by_one_read_and_one_statement(
    office: Office, screen: Screen
) -> None:
    port = await office.port()
    officer = await office.clerk(port)
    names: list[str] = []
    for _ in range(3):
        name = f"边民互助组 {uuid4().hex[:6]}"
        group = await group_filed(office.sql, port, name)
        await office.inspected(port, submitted_by=f"group:{group}", group_code=group)
        names.append(name)
        await office.inspected(port, submitted_by=f"resident:{new_id('res')}", group_code=None)
        with office.assembly.database("inspection").watched(own=True) as sent:
            text, asked = await screen.page(officer, "/portal/?list=all")
        assert asked == [ORDERS]
        assert len(sent) == 1, sent
        assert [name for name in names if name not in text] == []


async def test_an_orders_page_asks_for_no_name_that_its_order_says(
    office: Office, screen: Screen
) -> None:
    port = await office.port()
    group = await group_filed(office.sql, port)
    order = await office.inspected(port, submitted_by=f"group:{group}", group_code=group)
    text, asked = await screen.page(await office.clerk(port), f"/portal/orders/{order}")
    assert "边民互助组" in text
    assert f"{ORDERS}/{order}" in asked
    assert "/registry/v1/names" not in asked
