"""What the screens show to everybody alike: asked without a token, once in some seconds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.platform.language import ENGLISH
from services.portal.interface import Away, Calls, Interface, Problem

KEPT: Final = timedelta(seconds=10)
SHOWN: Final = timedelta(minutes=30)
"""So long the last answer is shown, with its age, while nothing newer is to be had."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer and when it was given; ``stale`` when a newer one could not be had."""

    body: Mapping[str, Any]
    at: datetime
    stale: bool = False


@dataclass
class Shared:
    """The answers to a few public questions, so that a full market hall asks them once.

    Nobody's token is in them: they are asked as the public. Paths are the pages' own, so that they
    stay few.
    """

    interface: Interface
    _told: dict[str, Told] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)
    _turns: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def get(self, path: str) -> Told | None:
        """The answer of some seconds ago at most; an older one as stale; None without any.

        What could not be had is not asked for again at once either.
        """
        async with self._turns[path]:
            now = datetime.now(UTC)
            asked = self._asked.get(path)
            if asked is None or now - asked >= KEPT:
                self._asked[path] = now
                try:
                    self._told[path] = Told(await self._public.get(path), now)
                except (Problem, Away):
                    self._set_stale(path, now)
            return self._told.get(path)

    def last(self, path: str) -> Told | None:
        """What was answered last, without asking."""
        return self._told.get(path)

    async def probed(self, service: str) -> bool:
        """Whether a service says of itself that it is ready."""
        told = await self.get(f"/{service}/health/ready")
        return told is not None and not told.stale

    @property
    def _public(self) -> Calls:
        return self.interface.as_(None, ENGLISH)

    def _set_stale(self, path: str, now: datetime) -> None:
        kept = self._told.pop(path, None)
        if kept is not None and now - kept.at <= SHOWN:
            self._told[path] = replace(kept, stale=True)
