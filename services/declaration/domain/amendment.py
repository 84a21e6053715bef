"""What is amended in a lot: mistyped figures, its truck, its manifest, its seller, its tickets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from services.declaration.domain import refusals
from services.declaration.domain.model import Facts, Submission
from services.kernel.money import Money
from services.kernel.refusal import Refusal, refuse_if_any

_TICKET: Final = re.compile(r"^/tickets/([0-9]+)(/net_kg|/value)?")


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What a ticket is to say; None of what it keeps."""

    line: int
    net_kg: Decimal | None = None
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a lot is to say, by the names of its fields, and its tickets."""

    fields: Mapping[str, Any]
    tickets: Sequence[TicketChange] = ()

    def of(self, lot: Submission) -> Submission:
        """The lot as it is to be. Raises Refused TICKET_UNKNOWN."""
        shares = list(lot.shares)
        named: set[int] = set()
        unknown: list[Refusal] = []
        for place, ticket in enumerate(self.tickets):
            if ticket.line in named or not 1 <= ticket.line <= len(shares):
                at = f"/tickets/{place}/line_no"
                unknown.append(refusals.TICKET_UNKNOWN.at(at, line=ticket.line))
                continue
            named.add(ticket.line)
            share = shares[ticket.line - 1]
            shares[ticket.line - 1] = replace(
                share,
                net_kg=share.net_kg if ticket.net_kg is None else ticket.net_kg,
                value=share.value if ticket.value is None else ticket.value,
            )
        refuse_if_any(unknown)
        return replace(lot, **self.fields, shares=shares)

    def placed(self, refusal: Refusal) -> Refusal:
        """A reason against the lot, pointing at what of it was sent; at the whole of it if not."""
        if found := _TICKET.match(refusal.pointer):
            line = int(found.group(1)) + 1
            for place, ticket in enumerate(self.tickets):
                if ticket.line == line:
                    return refusal.to(f"/tickets/{place}{found.group(2) or ''}")
            return refusal.to("")
        sent = refusal.pointer.removeprefix("/") in self.fields
        return refusal if sent else refusal.to("")


def facts_without(
    facts: Facts,
    lot: Submission,
    lot_id: str,
    amended: Submission,
    loaded: Mapping[tuple[str, datetime], bool],
) -> Facts:
    """What an amended lot is judged by: the facts, without what it took when it was declared.

    ``loaded`` are the trucks' entries of whose loads it is a part, and whether it is named there.
    """
    value: dict[bytes | None, int] = defaultdict(int)
    tickets: dict[bytes | None, int] = defaultdict(int)
    for share in lot.shares:
        value[share.resident] += share.value.minor
        tickets[share.resident] += 1
    manifest = facts.manifest
    same = (lot.manifest_key, lot.plate_key) == (amended.manifest_key, amended.plate_key)
    if manifest is not None and same:
        manifest = replace(manifest, left_kg=manifest.left_kg + lot.gross_kg)
    residents = {
        key: replace(
            known,
            used_minor=known.used_minor - value[key],
            tickets_used=known.tickets_used - tickets[key],
        )
        for key, known in facts.residents.items()
    }
    declared_as = None if facts.declared_as == lot_id else facts.declared_as
    loads, unnamed = (
        {key: kg - lot.gross_kg * (loaded.get(key) is named) for key, kg in held.items()}
        for held, named in ((facts.loads, True), (facts.unnamed, False))
    )
    return replace(
        facts,
        manifest=manifest,
        residents=residents,
        declared_as=declared_as,
        loads=loads,
        unnamed=unnamed,
    )
