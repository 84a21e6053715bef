"""Files on their way through this process: few at once, and one of a person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

AT_ONCE: Final = 4
"""Files lie in this process while they are on their way through it."""


class Arriving:
    """Places for files. A person takes one and waits for it again with the next file, so that
    nobody takes the others' by sending many.
    """

    def __init__(self, most: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(most)
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, person: str) -> AsyncIterator[None]:
        """A place, as soon as this person's file before has gone and one is free."""
        self._waiting[person] += 1
        turn = self._turns.setdefault(person, asyncio.Lock())
        try:
            async with turn, self._places:
                yield
        finally:
            self._waiting[person] -= 1
            if not self._waiting[person]:
                del self._waiting[person], self._turns[person]
