"""Public answers about seals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.kernel.clock import rfc3339
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.merkle import path_of
from services.kernel.messages import Actor
from services.platform.database import Row
from services.platform.seals import Seal, leaf_of
from services.window.domain.rules import disclosure


class SealAnswer(BaseModel):
    """A seal: what the log was by then, signed by the operator. Hashes, keys and signatures are
    hexadecimal."""

    number: int
    sealed_at: Moment
    root: str = Field(description="root (RFC 6962) over the cases in which something was recorded")
    previous: str = Field(description="digest of the seal before; of the first one 32 zero bytes")
    digest: str = Field(description="SHA-256 of the statement: keep it, and all before is kept")
    statement: str = Field(description="the text that is signed, byte for byte")
    public_key: str = Field(description="Ed25519 (RFC 8032)")
    signature: str


class SiblingAnswer(BaseModel):
    """The node beside the way up to the root."""

    side: Literal["left", "right"]
    hash: str


class OpeningAnswer(BaseModel):
    """What a leaf holds: SHA-256 over the salt's bytes and the event's hash."""

    salt: str
    hash: str


class ProofAnswer(BaseModel):
    """That a case is in a seal: from the leaf up, each node beside, to the seal's root.

    A leaf's node is SHA-256 over 0x00 and its text, a node above is SHA-256 over 0x01, left and
    right.
    """

    seal: SealAnswer
    seq: int = Field(description="number of the case's event that was its last one then")
    leaf: str = Field(description="the leaf's text: the case's UUID, seq, salted hash")
    path: list[SiblingAnswer]
    opening: OpeningAnswer | None = Field(description="told to auditors only")


class SealedAnswer(BaseModel):
    """A case and the newest seal that has it; ``proof`` is null until one has."""

    case_id: str
    proof: ProofAnswer | None


def seal_answer(row: Row) -> dict[str, Any]:
    """A seal as everybody reads it."""
    seal = Seal.of(row)
    return {
        "number": seal.number,
        "sealed_at": rfc3339(seal.sealed_at),
        "root": seal.root.hex(),
        "previous": seal.previous.hex(),
        "digest": seal.digest().hex(),
        "statement": seal.statement(),
        "public_key": bytes(row.public_key).hex(),
        "signature": bytes(row.signature).hex(),
    }


def proof_answer(row: Row, leaves: Sequence[Row], viewer: Actor) -> dict[str, Any]:
    """A case's way up to the root of the newest seal that has it."""
    texts = [_leaf(leaf) for leaf in leaves]
    index = next(n for n, leaf in enumerate(leaves) if leaf.case_id == row.case_id)
    path = path_of([one.encode() for one in texts], index)
    opening = {"salt": bytes(row.salt).hex(), "hash": bytes(row.hash).hex()}
    return {
        "seal": seal_answer(row),
        "seq": row.seq,
        "leaf": texts[index],
        "path": [{"side": one.side, "hash": one.hash.hex()} for one in path],
        "opening": opening if disclosure.sees_evidence(viewer) else None,
    }


def sealed_answer(kind: str, row: Row, proof: dict[str, Any] | None) -> dict[str, Any]:
    """A case with its proof, if a seal has it."""
    return {"case_id": show(kind, row.case_id), "proof": proof}


def _leaf(row: Row) -> str:
    return leaf_of(row.case_id, row.seq, bytes(row.salt), bytes(row.hash))
