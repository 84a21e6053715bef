"""What a service publishes to everybody: kept for some seconds by readers, and not sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel

from services.platform.http import Call

T = TypeVar("T")
KEPT_S: Final = 15
"""So long a reader, or a cache between, may show it without asking again."""


def published(call: Call[Any], model: type[BaseModel], found: Mapping[str, Any]) -> Response:
    """What anyone may read, as described: its ETag is of what it says, and who names that one is
    told only that nothing has changed (304)."""
    body = model.model_validate(found).model_dump_json().encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={KEPT_S}", "ETag": tag}
    if tag in _named(call.request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _named(header: str) -> list[str]:
    """The tags of an If-None-Match, weak ones as well (RFC 9110, 13.1.2)."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


class EachMinute(Generic[T]):
    """What is computed once in a minute in this process, however many ask: what everybody may
    read costs as much whether one reads it or a thousand."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._minute: datetime | None = None
        self._found: T | None = None

    async def told(self, now: datetime, compute: Callable[[datetime], Awaitable[T]]) -> T:
        """What is known at the last full minute before ``now``."""
        minute = now.replace(second=0, microsecond=0)
        async with self._turn:
            if self._found is None or self._minute != minute:
                self._found, self._minute = await compute(minute), minute
            return self._found
