"""A light HTTP/1.1 load: prepared requests over kept-alive connections.

A general client costs more processor time per request than the window itself; on a machine that
runs both, it would measure the client.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


def prepared(
    path: str, *, bearer: str, key: str, body: bytes, read_version: int | None = None
) -> bytes:
    """One POST as it goes over the wire; a signature upon the version that was read."""
    upon = "" if read_version is None else f'if-match: "{read_version}"\r\n'
    return (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {bearer}\r\n"
        f"idempotency-key: {key}\r\n{upon}content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body


def reading(path: str, *, bearer: str) -> bytes:
    """One GET as it goes over the wire."""
    return (
        f"GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {bearer}\r\n\r\n"
    ).encode()


@dataclass
class Result:
    """Latencies in seconds, in order of completion, and how many of each status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class _Line:
    """A connection, and the port it leads to."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> _Line:
        return cls(port, *await asyncio.open_connection("127.0.0.1", port))


class Lines:
    """Kept-alive connections, in turns to each port; a request takes the next one that is free."""

    def __init__(self) -> None:
        self._free: asyncio.LifoQueue[_Line] = asyncio.LifoQueue()

    @classmethod
    @asynccontextmanager
    async def open(cls, *ports: int, connections: int) -> AsyncIterator[Lines]:
        """That many connections, closed at the end."""
        lines = cls()
        for port in itertools.islice(itertools.cycle(ports), connections):
            lines._free.put_nowait(await _Line.to(port))
        try:
            yield lines
        finally:
            while not lines._free.empty():
                lines._free.get_nowait().writer.close()

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request when a connection is free; status and body of its answer."""
        line = await self._free.get()
        if line.reader.at_eof():
            # The window closes a connection that was idle for some seconds.
            line = await _Line.to(line.port)
        reader = line.reader
        line.writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        length = int(lower[at : lower.index(b"\r\n", at)])
        body = await reader.readexactly(length)
        self._free.put_nowait(line)
        return int(head[9:12]), body


async def as_fast_as_possible(
    ports: Sequence[int], requests: Sequence[bytes], *, connections: int
) -> Result:
    """Each connection sends its next request when it has the last answer (closed loop)."""
    result = Result()
    todo = iter(requests)

    async def work(lines: Lines) -> None:
        for request in todo:
            started = time.perf_counter()
            status, _ = await lines.exchange(request)
            result.latencies.append(time.perf_counter() - started)
            result.statuses[status] += 1

    async with Lines.open(*ports, connections=connections) as lines:
        started = time.perf_counter()
        await asyncio.gather(*(work(lines) for _ in range(connections)))
        result.seconds = time.perf_counter() - started
    return result


async def at_rate(
    ports: Sequence[int], requests: Sequence[bytes], *, per_second: float, connections: int
) -> Result:
    """Constant arrivals (open loop): latency counts from the scheduled time."""
    result = Result()

    async def send(lines: Lines, request: bytes, due: float) -> None:
        status, _ = await lines.exchange(request)
        result.latencies.append(time.perf_counter() - due)
        result.statuses[status] += 1

    async with Lines.open(*ports, connections=connections) as lines:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(requests):
                due = started + number / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(send(lines, request, due))
        result.seconds = time.perf_counter() - started
    return result
