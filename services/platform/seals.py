"""Seals: what the log was by then, under one signature of the operator's, for everybody to keep.

A seal's root stands over the heads of the cases in which something was recorded since the seal
before, and its statement names that one: whoever kept a seal has all before it. A leaf holds a
case's head under a salt. So a party may be shown that its case is in a seal, and is not told the
hash, by which whoever knows the rest of an event would find which of few reasons is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Uuid

from services.platform.columns import INSTANT
from services.platform.database import Row, metadata

FIRST: Final = bytes(32)
"""What the first seal names as the one before."""

seals = Table(
    "seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_at", INSTANT, nullable=False),
    Column("before_xid", BigInteger, nullable=False),
    Column("cut_short", Boolean, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    info={"owner": "platform"},
)
"""One row per seal. Everything recorded by transactions before ``before_xid`` is in it or in one
before it; ``cut_short`` when there was more than one seal takes. Append-only; ``seal_keep`` is the
way in."""

sealed_heads = Table(
    "sealed_heads",
    metadata,
    Column("number", BigInteger, ForeignKey("seals.number"), primary_key=True),
    Column("case_id", Uuid, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    info={"owner": "platform"},
)
"""The leaves of each seal's tree, by case: how far the case was, the hash of its event there, and
the salt. Append-only; ``seal_begin`` is the way in."""


def leaf_of(case_id: UUID, seq: int, salt: bytes, head: bytes) -> str:
    """A leaf's text: the case, how far it was, and its head under the salt."""
    return f"{case_id} {seq} {sha256(salt + head).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Seal:
    """What is signed of a seal."""

    number: int
    sealed_at: datetime
    root: bytes
    previous: bytes

    @classmethod
    def of(cls, row: Row) -> Self:
        """As it is kept."""
        return cls(row.number, row.sealed_at, bytes(row.root), bytes(row.previous))

    def statement(self) -> str:
        """The text that is signed, byte for byte (UTF-8)."""
        at = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        return (
            "tradewindow seal\n"
            f"number {self.number}\n"
            f"sealed_at {at.removesuffix('+00:00')}Z\n"
            f"root {self.root.hex()}\n"
            f"previous {self.previous.hex()}\n"
        )

    def digest(self) -> bytes:
        """By which the next seal names this one."""
        return sha256(self.statement().encode()).digest()

    def signed(self, key: bytes) -> bytes:
        """Its signature (Ed25519, RFC 8032)."""
        return Ed25519PrivateKey.from_private_bytes(key).sign(self.statement().encode())

    def is_signed(self, signature: bytes, public_key: bytes) -> bool:
        """Whether this is the signature of the key's holder under it."""
        try:
            key = Ed25519PublicKey.from_public_bytes(public_key)
            key.verify(signature, self.statement().encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def public_of(key: bytes) -> bytes:
    """The public half of the operator's key."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
