"""Following the window's stream of events, as an integrator's program would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from deploy.sandbox.parties import Party


@dataclass(frozen=True)
class Happened:
    """One event as the stream gives it."""

    case_id: str
    type: str
    time: datetime
    data: dict[str, Any]


async def follow(reader: Party, *, since: str | None = "0-0") -> AsyncIterator[Happened]:
    """Every event the reader may see, in log order; resumed after the last one when broken off.

    From the beginning of the log, from a place in it, or from now on when ``since`` is None.
    """
    last = since
    while True:
        headers = {"Authorization": f"Bearer {reader.bearer}"}
        if last is not None:
            headers["Last-Event-ID"] = last
        try:
            async with reader.http.stream(
                "GET", "/window/v1/stream", headers=headers, timeout=None
            ) as answer:
                if answer.status_code == 200:
                    async for line in answer.aiter_lines():
                        if line.startswith("id: "):
                            last = line[4:]
                        elif line.startswith("data: "):
                            yield _happened(json.loads(line[6:]))
        except httpx2.TransportError:
            pass
        await asyncio.sleep(0.5)


def _happened(message: dict[str, Any]) -> Happened:
    return Happened(
        case_id=message["subject"],
        type=message["type"],
        time=datetime.fromisoformat(message["time"]),
        data=message["data"],
    )
