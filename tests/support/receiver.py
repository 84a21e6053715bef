"""A trader's program at an address of this machine: what a webhook tells comes in here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.support.served import served


class Receiver:
    """Remembers what it was told, and may be out of order."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        """The next statuses to answer with; 204 when none are left."""
        self.refuses: str | None = None
        """An event type that it answers with 422."""
        self.headers: dict[str, str] = {}
        """What it says besides the status."""
        self.pause_s = 0.0
        """How long it takes before it answers."""
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        self.requests.append((dict(request.headers), body))
        await asyncio.sleep(self.pause_s)
        status = self.answers.pop(0) if self.answers else 204
        if self.refuses is not None and json.loads(body)["type"] == self.refuses:
            status = 422
        if status < 300:
            self.told.append(json.loads(body))
        await Response(status_code=status, headers=self.headers)(scope, receive, send)

    @property
    def types(self) -> list[str]:
        """The types of the events it took."""
        return [message["type"] for message in self.told]


@asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver that answers inside, at this port or at one that is free."""
    program = Receiver()
    async with served(program, port) as port:
        program.url = f"http://127.0.0.1:{port}/hook"
        yield program
