"""Whether the seals of the log hold, each by itself and one after another, and the log by them.

A chain whose end was cut off, or that was written anew, holds by itself; the seal made before says
what its head was. Leaves are read seal by seal, with a hash per level in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import PREFIXES, show
from services.kernel.merkle import MerkleRoot
from services.platform.database import Row, Tx
from services.platform.seals import FIRST, Seal, leaf_of, public_of
from services.platform.settings import Settings

_BATCH: Final = 500
_CASES: Final = 2_000
_NO_CASE: Final = UUID(int=0)
_SEALS: Final = text("SELECT * FROM seals WHERE number > :after ORDER BY number LIMIT :rows")
# Where each sealed case was, and what stands there now.
_LEAVES: Final = text(
    """
    SELECT h.case_id, h.seq, h.salt, h.hash, c.kind, e.hash AS now
    FROM sealed_heads AS h
    LEFT JOIN cases AS c ON c.case_id = h.case_id
    LEFT JOIN events AS e ON e.case_id = h.case_id AND e.seq = h.seq
    WHERE h.number = :number ORDER BY h.case_id
    """
)
_UNKEPT: Final = text(
    """
    SELECT DISTINCT h.number FROM sealed_heads AS h
    WHERE h.number > :newest ORDER BY h.number LIMIT 20
    """
)
_PAGE: Final = text(
    "SELECT case_id, kind FROM cases WHERE case_id > :after ORDER BY case_id LIMIT :rows"
)
# Of these, those of which something was recorded before the newest seal that no seal has.
_UNSEALED: Final = text(
    """
    SELECT e.case_id, max(e.seq) AS seq FROM events AS e
    WHERE e.case_id = ANY(CAST(:case_ids AS uuid[]))
        AND e.xid < CAST(CAST(:before AS text) AS xid8)
    GROUP BY e.case_id
    HAVING max(e.seq) > coalesce(
        (SELECT max(h.seq) FROM sealed_heads AS h WHERE h.case_id = e.case_id), 0
    )
    ORDER BY e.case_id
    """
)


@dataclass
class SealsSeen:
    """What was looked at: how many seals, by whose keys, which is the newest."""

    count: int = 0
    keys: set[bytes] = field(default_factory=set)
    newest: bytes = FIRST
    before: int = 0

    def told(self) -> str:
        """As one line says it."""
        keys = ", ".join(sorted(key.hex() for key in self.keys))
        return (
            f"{self.count} seals, signed by {keys}; the newest is {self.newest.hex()}: compare both"
            " with what was published."
        )


def keys_known(settings: Settings) -> set[bytes]:
    """The operator's keys that are at hand (``seal_key``, ``seal_keys_old``); none for who
    verifies without them."""
    return {public_of(key) for n in ("seal_key", "seal_keys_old") for key in settings.keys(n)}


async def broken_seals(
    tx: Tx, seen: SealsSeen, *, known: Collection[bytes], published: str | None
) -> AsyncIterator[tuple[str, str]]:
    """Seals that do not hold, and cases that are not as they were sealed: where, and what.

    ``known``: the operator's keys, none when they are not at hand. ``published``: the digest (HEX)
    of a seal that somebody kept.
    """
    wanted = None if published is None else published.strip().lower()
    previous, number = FIRST, 0
    while page := (await tx.execute(_SEALS, {"after": number, "rows": _BATCH})).all():
        for row in page:
            one, where = Seal.of(row), f"seal {row.number}"
            if row.number != number + 1:
                yield where, f"the seal before it is gone: {number + 1} is missing"
            elif one.previous != previous:
                yield where, "it does not follow from the seal before it: that one is another"
            if not one.is_signed(bytes(row.signature), bytes(row.public_key)):
                yield where, "what it says is not what was signed"
            elif known and bytes(row.public_key) not in known:
                yield where, "it is signed by a key that is not the operator's"
            async for found in _broken_leaves(tx, one):
                yield found
            previous, number = one.digest(), row.number
            seen.keys.add(bytes(row.public_key))
            seen.count, seen.newest, seen.before = seen.count + 1, previous, row.before_xid
            wanted = None if wanted == previous.hex() else wanted
    if wanted is not None:
        yield f"seal {wanted}", "it was published, and is not among the seals"
    for stray in (await tx.execute(_UNKEPT, {"newest": number})).scalars():
        yield f"seal {stray}", "it is gone: only what it sealed is there"
    async for found in _unsealed(tx, seen.before):
        yield found


async def _broken_leaves(tx: Tx, one: Seal) -> AsyncIterator[tuple[str, str]]:
    root = MerkleRoot()
    async for row in tx.each(_LEAVES, {"number": one.number}):
        root.add(leaf_of(row.case_id, row.seq, bytes(row.salt), bytes(row.hash)).encode())
        if row.now is None:
            yield _where(row), f"seal {one.number} has it: the end was cut off since"
        elif bytes(row.now) != bytes(row.hash):
            yield _where(row), f"seal {one.number} has another: the chain is rewritten"
    if root.digest() != one.root:
        yield f"seal {one.number}", "the heads kept of it do not give its root"


async def _unsealed(tx: Tx, before: int) -> AsyncIterator[tuple[str, str]]:
    after = _NO_CASE
    while page := (await tx.execute(_PAGE, {"after": after, "rows": _CASES})).all():
        kinds = {row.case_id: row.kind for row in page}
        values = {"case_ids": list(kinds), "before": str(before)}
        for row in await tx.execute(_UNSEALED, values):
            where = f"{_name(kinds[row.case_id], row.case_id)}, event {row.seq}"
            yield where, "it was recorded before the newest seal, and no seal has it"
        after = page[-1].case_id


def _where(row: Row) -> str:
    return f"{_name(row.kind, row.case_id)}, event {row.seq}"


def _name(kind: str | None, case_id: UUID) -> str:
    return show(kind, case_id) if kind in PREFIXES else str(case_id)
