"""What happens to the bench's cases, as the window's own stream tells it: nothing is polled."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from deploy.demo.stream import Happened, follow
from deploy.operate.data_directory import LocalError
from deploy.sandbox.parties import Party

_WITHIN_S: Final = 60.0


class Watch:
    """One reader of the stream for everybody who waits."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[Happened]] = defaultdict(list)
        self._news: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def kept(cls, reader: Party) -> AsyncIterator[Watch]:
        """Watching from now on, until the end."""
        watch = cls()
        reading = asyncio.create_task(watch._read(reader), name="watch")
        try:
            yield watch
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

    async def _read(self, reader: Party) -> None:
        async for event in follow(reader, since=None):
            # What happens to an order or an instruction concerns the lot that it names, too.
            for case in {event.case_id, event.data.get("lot_id", event.case_id)}:
                self._seen[case].append(event)
                self._news.pop(case, asyncio.Event()).set()

    async def first(self, case: str, wanted: Callable[[Happened], bool]) -> Happened:
        """The first event about a case that is as wanted, now or when it comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WITHIN_S):
                while True:
                    for event in self._seen[case]:
                        if wanted(event):
                            return event
                    await self._news[case].wait()
        told = ", ".join(event.type for event in self._seen[case]) or "nothing"
        raise LocalError(f"{case} of the bench did not go on within a minute; it had {told}.")

    async def happened(self, case: str, kind: str) -> Happened:
        """The first event of a type about a case."""
        return await self.first(case, lambda event: event.type == kind)
