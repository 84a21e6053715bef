"""`tradewindow heads FILE`: every case's head, and one root over them all, for others to keep.

A chain proves that nothing within it was changed. That its end was not cut off, and that it was not
written anew from its first event on, is proven only by what somebody else keeps: the head of each
case as it was, under one Merkle root that is short enough to be published. `tradewindow verify
--heads FILE` compares. Both read one snapshot, case by case, with the same memory for any number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.data_directory import LocalError
from deploy.operate.home import Home
from deploy.operate.settings import settings_here
from services.kernel.identifiers import PREFIXES, show
from services.kernel.merkle import MerkleRoot
from services.platform.database import Database, Tx
from services.platform.settings import Settings, role_of

_BATCH: Final = 2_000
_HEADS: Final = text("SELECT case_id, seq, head FROM cases ORDER BY case_id")
# Where a chain was when its head was kept: the event of that number, whatever has come since.
_THEN: Final = text(
    """
    SELECT k.case_id, k.seq, c.kind, c.case_id IS NOT NULL AS known, e.hash
    FROM unnest(CAST(:case_ids AS uuid[]), CAST(:seqs AS integer[])) AS k (case_id, seq)
    LEFT JOIN cases AS c ON c.case_id = k.case_id
    LEFT JOIN events AS e ON e.case_id = k.case_id AND e.seq = k.seq
    ORDER BY k.case_id
    """
)


@dataclass(frozen=True, slots=True)
class Head:
    """How far a case's chain went, and the hash of its last event then."""

    case_id: UUID
    seq: int
    hash: bytes

    def line(self) -> str:
        """As it stands in the file, and as it is a leaf of the root."""
        return f"{self.case_id} {self.seq} {self.hash.hex()}"

    @classmethod
    def of(cls, line: str) -> Head:
        """As ``line`` wrote it. Raises ValueError."""
        case_id, seq, digest = line.split()
        return cls(UUID(case_id), int(seq), bytes.fromhex(digest))


async def run(file: Path, *, home: Home = None) -> int:
    """Write every case's head into a file, and print the root over them, to be published.

    The file holds case ids, counts and hashes: nothing personal. Keep it where whoever runs the
    database cannot reach it.
    """
    async with _snapshot(settings_here(home)) as tx:
        root = await heads_write(tx, file)
    print(f"{root.leaves} cases; root {root.hex()}")
    return 0


async def heads_write(tx: Tx, file: Path) -> MerkleRoot:
    """Write the heads of a snapshot, the root in the last line."""
    root = MerkleRoot()
    with file.open("w", encoding="ascii") as out:
        async for row in tx.each(_HEADS):
            line = Head(row.case_id, row.seq, bytes(row.head)).line()
            root.add(line.encode())
            out.write(f"{line}\n")
        out.write(f"root {root.leaves} {root.hex()}\n")
    return root


def root_kept(file: Path) -> MerkleRoot:
    """The root that a file's lines give. Whoever writes a file writes its root too: only the root
    that was published says that it is the file of that day.

    Raises LocalError when its last line says another: the file was changed, or cut.
    """
    root, said = MerkleRoot(), None
    for line in _lines(file):
        if line.startswith("root "):
            said = line
        else:
            root.add(line.encode())
    if said != f"root {root.leaves} {root.hex()}":
        raise LocalError(f"{file} is not as it was written: its lines do not give its root.")
    return root


def heads_kept(file: Path) -> Iterator[Head]:
    """The heads of a file whose lines give the root in its last one.

    Raises LocalError as ``root_kept`` does.
    """
    root_kept(file)
    return (Head.of(line) for line in _lines(file) if not line.startswith("root "))


async def broken_since(tx: Tx, heads: Iterable[Head]) -> AsyncIterator[tuple[str, str]]:
    """Cases whose chain no longer goes through the head that was kept: where, and what."""
    rest = iter(heads)
    while kept := {head.case_id: head for head in islice(rest, _BATCH)}:
        values = {"case_ids": list(kept), "seqs": [head.seq for head in kept.values()]}
        for row in await tx.execute(_THEN, values):
            named = row.known and row.kind in PREFIXES
            name = show(row.kind, row.case_id) if named else str(row.case_id)
            where = f"{name}, event {row.seq}"
            if row.hash is None:
                yield where, "it was there when the heads were kept: the end was cut off since"
            elif bytes(row.hash) != kept[row.case_id].hash:
                yield where, "it is another than when the heads were kept: the chain is rewritten"


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="ascii") as lines:
        yield from (line.rstrip("\n") for line in lines)


@asynccontextmanager
async def _snapshot(settings: Settings) -> AsyncIterator[Tx]:
    role = role_of("window")
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    try:
        async with database.snapshot() as tx:
            yield tx
    finally:
        await database.close()
