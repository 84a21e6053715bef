"""What a proposal keeps, sealed: the records as they are to be, and whom each concerns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from services.kernel.events import canonical_json
from services.kernel.messages import Actor
from services.registry.domain.rules.identity import masked_account, masked_name, masked_number


@dataclass(frozen=True, slots=True)
class Proposed:
    """Records as JSON values; beside each the parties concerned, as their tokens name them."""

    rows: Sequence[dict[str, Any]]
    concerned: Sequence[Sequence[str]]

    def written(self) -> bytes:
        """As it is sealed."""
        return canonical_json({"rows": self.rows, "concerned": self.concerned}).encode()

    @classmethod
    def read(cls, written: bytes) -> Self:
        """What was written."""
        content = json.loads(written)
        return cls(content["rows"], content["concerned"])

    def told(self, kind: str, reader: Actor) -> list[dict[str, Any]]:
        """The records that a reader may see: those that concern the party, and all of them for the
        registrar's office and the auditor, and of sellers; as they may be shown to the reader."""
        everything = reads_all(reader) or kind == "sellers"
        return [
            _shown(kind, row, whole=reader.party_kind == "platform")
            for row, parties in zip(self.rows, self.concerned, strict=True)
            if everything or reader.party in parties
        ]


def reads_all(reader: Actor) -> bool:
    """Whether a reader may see every proposal: who confirms them, and the auditor."""
    return reader.party_kind in ("platform", "auditor")


def _shown(kind: str, row: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """No person's name, and an account by its end unless it is shown whole."""
    masks: dict[str, Callable[[str], str]] = {"leader_resident_no": masked_number}
    if kind == "officers":
        masks["name"] = masked_name
    if not whole:
        masks["account"] = masked_account
    return {
        name: masks[name](value) if name in masks and value is not None else value
        for name, value in row.items()
    }
