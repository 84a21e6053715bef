"""One lot's way, act by act, over the wire."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import asyncpg

from deploy.bench.ground import Ground, Resident
from deploy.bench.load import Lines, prepared
from deploy.operate.data_directory import LocalError
from services.kernel.identifiers import uuid_of

_LOOK_EVERY_S: Final = 0.005
_WITHIN_S: Final = 60.0
_AS_SUBMITTED: Final = 1
"""The version that a submission is answered with."""
_RELEASED = "SELECT released_at FROM lots WHERE lot_id = $1"


def refused(status: int, body: bytes) -> LocalError:
    """What the window said to a lot that it should have taken."""
    return LocalError(f"The window answered {status} to the bench: {body[:400].decode()}")


def confirmation_of(ground: Ground, lot_id: str, group: str) -> bytes:
    """The clerk's confirmation of all shares, by mandate."""
    return prepared(
        f"/declaration/v1/lots/{lot_id}/confirmations",
        bearer=ground.bearer("clerk", f"group:{group}"),
        key=uuid4().hex,
        body=b'{"by_mandate": true}',
        read_version=_AS_SUBMITTED,
    )


async def lot_declared(lines: Lines, ground: Ground, buyers: Sequence[Resident]) -> str:
    """A clerk submits a lot and confirms all its shares; the lot's id."""
    lot_id = await lot_submitted(lines, ground, buyers)
    await lot_confirmed(lines, ground, lot_id, buyers)
    return lot_id


async def lot_submitted(lines: Lines, ground: Ground, buyers: Sequence[Resident]) -> str:
    """A clerk submits a lot; its id."""
    submitted = json.loads(await _accepted(lines, ground.submission(buyers)))
    return str(submitted["lot_id"])


async def lot_confirmed(
    lines: Lines, ground: Ground, lot_id: str, buyers: Sequence[Resident]
) -> None:
    """The clerk confirms all shares of a lot."""
    await _accepted(lines, confirmation_of(ground, lot_id, buyers[0].group))


async def _accepted(lines: Lines, request: bytes) -> bytes:
    status, body = await lines.exchange(request)
    if status not in (200, 201):
        raise refused(status, body)
    return body


async def lot_released(sql: asyncpg.Connection, lot_id: str) -> float:
    """Wait for a lot's release; when that was, in seconds of the epoch."""
    for _ in range(int(_WITHIN_S / _LOOK_EVERY_S)):
        released_at = await sql.fetchval(_RELEASED, uuid_of(lot_id, "lot"))
        if released_at is not None:
            return float(released_at.timestamp())
        await asyncio.sleep(_LOOK_EVERY_S)
    raise LocalError("A lot of the bench was not released within a minute.")


async def seconds_to_release(
    lines: Lines, sql: asyncpg.Connection, ground: Ground, buyers: Sequence[Resident]
) -> float:
    """From sending a lot to its release, by the one clock of this machine."""
    started = time.time()
    return await lot_released(sql, await lot_declared(lines, ground, buyers)) - started
