"""A trader's programmer: who registers webhooks, and one's own delivery."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2

from services.declaration.domain.events import LotReleased
from services.gate.domain.events import GatePassed
from services.window.worker import Delivery
from tests.support.log import log_stands

if TYPE_CHECKING:
    from tests.services.window.conftest import Desk

PATH = "/window/v1/webhooks"
SECRET = "whsec_" + base64.b64encode(b"only for the tests of webhooks").decode()
RELEASED = LotReleased(lane="GREEN", in_time=True)
PASSED = GatePassed(vehicle_plate="TEST-1", gross_kg="110.000")


class Programmer:
    """Somebody who registers webhooks for a group of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.group = f"DX-{uuid4().hex[:8]}"

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        bearer = self.desk.token("clerk", f"group:{self.group}")
        headers = {"authorization": f"Bearer {bearer}", "idempotency-key": uuid4().hex}
        return await self.desk.http.post(path, headers=headers, json=body)

    async def register(self, url: str, **also: Any) -> dict[str, Any]:
        answer = await self.post(PATH, {"url": url, "secret": SECRET, **also})
        assert answer.status_code == 201, answer.text
        registered: dict[str, Any] = answer.json()
        return registered

    async def seen(self, webhook_id: str) -> dict[str, Any]:
        answer = await self.desk.get(f"{PATH}/{webhook_id}", party=f"group:{self.group}")
        shown: dict[str, Any] = answer.json()
        return shown

    async def lot(self) -> str:
        return await self.desk.file_lot(group=self.group, silent=True)


def delivery_of(desk: Desk, *, sandbox: bool = True) -> Delivery:
    """Delivery as the window runs it."""
    services = desk.services
    return Delivery(
        services.database,
        services.tail,
        desk.bell,
        vault=services.vault,
        kinds=services.kinds,
        sandbox=sandbox,
    )


async def deliver(desk: Desk, *, sandbox: bool = True) -> None:
    """Turns of delivery until nothing is left to deliver now."""
    await log_stands(desk.sql)
    delivery = delivery_of(desk, sandbox=sandbox)
    async with delivery.client() as http, asyncio.timeout(30):
        while turns := await delivery.begin(http, most=16):
            await asyncio.gather(*turns)
