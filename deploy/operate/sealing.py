"""The log is sealed at intervals while a window runs: beside the relay, under the relay's role.

How often is a policy parameter, whose turn it is and what is sealed is the database's to say
(``migrations/functions/seal_begin.sql``); this computes the root, and signs. What a seal costs
grows with what was recorded since the last one, not with the record.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import text

from deploy.operate.assembly import Assembly
from deploy.operate.parts import Part
from deploy.operate.upkeep import in_rounds
from services.kernel.merkle import MerkleRoot
from services.platform import telemetry
from services.platform.database import Database, Tx
from services.platform.seals import FIRST, Seal, leaf_of, public_of

LOOK_S: Final = 60.0
MOST: Final = 4096
"""As many events one seal takes: the way from a case to its root is found among so few."""
STALE: Final = timedelta(hours=3)
"""After so long somebody has to look."""

# The relay's role leaves what it writes to the server's memory; a seal is published, and stays.
_DURABLE: Final = text("SET LOCAL synchronous_commit = on")
_BEGIN: Final = text("SELECT * FROM seal_begin(:most)")
_LAST: Final = text(
    "SELECT number, sealed_at, root, previous FROM seals ORDER BY number DESC LIMIT 1"
)
# While a transaction is left open nothing recorded since is sealed, however many seals are made.
_UNTIL: Final = text(
    """
    SELECT least(s.sealed_at, (
        SELECT e.occurred_at FROM events AS e
        WHERE e.xid >= CAST(CAST(s.before_xid AS text) AS xid8)
        ORDER BY e.xid, e.position LIMIT 1
    )) AS until
    FROM seals AS s ORDER BY s.number DESC LIMIT 1
    """
)
_LEAVES: Final = text(
    "SELECT case_id, seq, salt, hash FROM sealed_heads WHERE number = :number ORDER BY case_id"
)
_KEEP: Final = text(
    "SELECT seal_keep(:number, :at, :before, :cut, :root, :previous, :public_key, :signature)"
)

log = structlog.get_logger()


def sealing(assembly: Assembly) -> Part:
    """The part of a process that seals: the relay's, which holds the operator's key."""
    return partial(kept_sealed, assembly.database("relay"), assembly.settings.key("seal_key"))


async def kept_sealed(database: Database, key: bytes) -> None:
    """Seal whenever it is due, until cancelled. Needs the relay's role and the operator's key."""

    async def once() -> None:
        while (sealed := await seal(database, key)) is not None:
            log.info("sealed", number=sealed.number, root=sealed.root.hex())
        if (at := await last_sealed(database)) is not None:
            telemetry.sealed_at.set(at.timestamp())

    await in_rounds("sealing", once, every_s=LOOK_S)


async def seal(database: Database, key: bytes) -> Seal | None:
    """Seal what was recorded since the last seal; None when it is not due, or another does."""
    async with database.transaction() as tx:
        await tx.execute(_DURABLE)
        begun = (await tx.execute(_BEGIN, {"most": MOST})).one_or_none()
        if begun is None:
            return None
        last = (await tx.execute(_LAST)).one_or_none()
        root = await root_of(tx, begun.seal_number)
        previous = FIRST if last is None else Seal.of(last).digest()
        made = Seal(begun.seal_number, begun.seal_at, root, previous)
        values = {
            "number": made.number,
            "at": made.sealed_at,
            "before": begun.seal_before,
            "cut": begun.seal_cut,
            "root": made.root,
            "previous": made.previous,
            "public_key": public_of(key),
            "signature": made.signed(key),
        }
        await tx.execute(_KEEP, values)
    return made


async def root_of(tx: Tx, number: int) -> bytes:
    """The root over a seal's leaves as they are kept."""
    root = MerkleRoot()
    async for row in tx.each(_LEAVES, {"number": number}):
        root.add(leaf_of(row.case_id, row.seq, bytes(row.salt), bytes(row.hash)).encode())
    return root.digest()


async def last_sealed(database: Database) -> datetime | None:
    """Until when the log is sealed: when the last seal was made, or when the oldest event that no
    seal has was recorded, if that was before. None without a seal. Needs the relay's or window's
    role.
    """
    async with database.reading() as tx:
        row = (await tx.execute(_UNTIL)).one_or_none()
    return None if row is None else row.until


def standing(at: datetime | None) -> tuple[bool, str]:
    """Whether the last seal is as young as it should be, and a sentence that says it."""
    if at is None:
        return True, "The log is not sealed yet; the relay does it within a minute of its start."
    age = datetime.now(UTC) - at
    said = f"{int(age.total_seconds()) // 60} minutes"
    if age > STALE:
        return False, (
            f"The log was last sealed {said} ago; look why the relay does not seal (its log says"
            " sealing_failed), and whether platform.seal_minutes is in force."
        )
    return True, f"The log was last sealed {said} ago."
