"""The digest by which the log vouches for what an entry of a screening list stands for."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID


def listed_digest(entry_id: UUID, match_hash: bytes, close_hashes: Iterable[bytes]) -> str:
    """SHA-256 (hex) over the hashes of an entry, salted by its own id; as ``v_screening_entries``
    has it."""
    hashes = (match_hash, *sorted(close_hashes))
    return sha256((str(entry_id) + "".join(one.hex() for one in hashes)).encode()).hexdigest()
