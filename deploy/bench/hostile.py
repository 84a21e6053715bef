"""How long others wait while somebody sends what costs the window much and him nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from deploy.bench.figures import Figures
from deploy.bench.ground import PORT, Ground
from deploy.bench.load import Lines, Result, at_rate, prepared, reading
from deploy.bench.processes import window
from deploy.operate.data_directory import LocalError

_UNKNOWN_KEYS: Final = 100_000
_PER_SECOND: Final = 50.0
_SECONDS: Final = 10.0
_CONNECTIONS: Final = 64
_PAUSE_S: Final = 1.0


def hostile_vs_alone(ground: Ground, figures: Figures, rounds: int) -> None:
    """p99 of another service's cheap read beside a hostile client ÷ alone.

    Fifty reads a second of one port's rules from the registry, from their scheduled time, through
    the whole window in one process. Beside it one client sends the declaration service a lot with
    100,000 keys that nobody knows, and the next one a second after the last was answered or cut
    off.
    """
    with window(ground.stack) as process:
        asyncio.run(_hostile(ground, figures, process.port, rounds))


async def _hostile(ground: Ground, figures: Figures, port: int, rounds: int) -> None:
    await _reads(ground, port)
    for _ in range(rounds):
        alone = (await _reads(ground, port)).quantile(0.99)
        async with _hostile_client(ground, port):
            beside = (await _reads(ground, port)).quantile(0.99)
        figures.ratio("hostile_vs_alone", beside / alone)
        figures.absolute("read_alone_p99_ms", alone * 1000)
        figures.absolute("read_beside_hostile_p99_ms", beside * 1000)


async def _reads(ground: Ground, port: int) -> Result:
    request = reading(
        f"/registry/v1/ports/{PORT}", bearer=ground.bearer("registrar", "platform:registrar")
    )
    result = await at_rate(
        [port],
        [request] * int(_PER_SECOND * _SECONDS),
        per_second=_PER_SECOND,
        connections=_CONNECTIONS,
    )
    if set(result.statuses) != {200}:
        raise LocalError(f"The window refused reads of the bench: {dict(result.statuses)}")
    return result


@asynccontextmanager
async def _hostile_client(ground: Ground, port: int) -> AsyncIterator[None]:
    body = json.dumps({f"key_{n}": n for n in range(_UNKNOWN_KEYS)}).encode()
    bearer = ground.bearer("clerk", f"group:{ground.residents[0].group}")

    async def send() -> None:
        while True:
            request = prepared("/declaration/v1/lots", bearer=bearer, key=uuid4().hex, body=body)
            # Cut off is as good an answer as a refusal; the next one comes on a line of its own.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                async with Lines.open(port, connections=1) as lines:
                    status, _ = await lines.exchange(request)
                    if status < 400:
                        raise LocalError(f"The window answered {status} to a hostile request.")
            await asyncio.sleep(_PAUSE_S)

    sending = asyncio.create_task(send(), name="hostile")
    try:
        yield
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
