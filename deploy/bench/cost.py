"""What the window and its servers spend, as the kernel counts it, seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import psutil

from deploy.bench.processes import Process
from deploy.local.stack import LocalStack

_TRAILING_S: Final = 0.5
"""After the last answer a case still closes and the relay still deletes what it delivered."""


@dataclass(frozen=True)
class Spent:
    """Processor seconds: of the window, of the engine with its database, and of PostgreSQL."""

    window: float
    engine: float
    database: float

    def __sub__(self, earlier: Spent) -> Spent:
        return Spent(
            self.window - earlier.window,
            self.engine - earlier.engine,
            self.database - earlier.database,
        )

    def __truediv__(self, number: int) -> Spent:
        return Spent(self.window / number, self.engine / number, self.database / number)

    @property
    def total(self) -> float:
        """Of all three."""
        return self.window + self.engine + self.database


@dataclass(frozen=True)
class Meter:
    """Reads what the servers' processes have spent; who plays the parties is none of them."""

    window: int
    engine: int
    database: int

    @classmethod
    def of(cls, stack: LocalStack, window: Process) -> Meter:
        """Over the processes of a running window."""
        return cls(window=window.pid, **stack.processes)

    def read(self) -> Spent:
        """Everything spent so far."""
        return Spent(spent_by(self.window), spent_by(self.engine), spent_by(self.database))

    async def read_at_rest(self) -> Spent:
        """Everything spent so far, once what trails behind the last answer is done."""
        await asyncio.sleep(_TRAILING_S)
        return self.read()


def spent_by(pid: int) -> float:
    """Processor seconds of a process and all its children; an ended one is its collector's."""
    first = psutil.Process(pid)
    spent = 0.0
    for process in (first, *first.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent
