"""Values of risk: lots as screening sees them, controls, judgements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.kernel.canonical import name_key, plate_key
from services.kernel.credit_level import CreditLevel
from services.kernel.lanes import Lane

_AMENDED: Final = ("net_g", "gross_g", "value_minor", "pieces", "vehicle_plate")


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What risk rules may look at. Weights in grams and sums in minor units: no fractions.

    ``party`` is the submitter, 'group:DX-G001', 'resident:res_…' or 'enterprise:…'.
    """

    port: str
    customs_office: str
    party: str
    direction: str
    hs_code: str
    origin: str
    shipped_from: str
    perishable: bool
    net_g: int
    gross_g: int
    value_minor: int
    currency: str
    ticket_count: int
    credit_level: CreditLevel = CreditLevel.ORDINARY
    pieces: int | None = None
    seller: str | None = None
    seller_bank_bic: str | None = None
    vehicle_plate: str | None = None
    amended: bool = False
    first: Mapping[str, Any] = field(default_factory=dict)
    """Of an amended lot, by the fact's name, what it said first of what it says otherwise now."""

    def variables(self) -> dict[str, Any]:
        """The variables of a rule. An unknown fact is left out, so a rule that needs it fails.

        Seller and plate are given in their canonical forms, so a rule names them in these. What may
        be amended is given as it is and, beginning with ``first_``, as it was declared first.
        """
        known: dict[str, Any] = {
            "port": self.port,
            "customs_office": self.customs_office,
            "party": self.party,
            "direction": self.direction,
            "hs_code": self.hs_code,
            "origin": self.origin,
            "shipped_from": self.shipped_from,
            "perishable": self.perishable,
            "net_g": self.net_g,
            "gross_g": self.gross_g,
            "value_minor": self.value_minor,
            "currency": self.currency,
            "ticket_count": self.ticket_count,
            "value_per_ticket_minor": self.value_minor // max(self.ticket_count, 1),
            "credit_level": self.credit_level.value,
        }
        maybe: dict[str, Any] = {
            "pieces": self.pieces,
            "seller": self.seller and name_key(self.seller),
            "seller_bank_bic": self.seller_bank_bic,
            "vehicle_plate": self.vehicle_plate and plate_key(self.vehicle_plate),
        }
        known |= {name: value for name, value in maybe.items() if value is not None}
        was = {**known, **self.first}
        first = {f"first_{name}": was[name] for name in _AMENDED if name in was}
        return {**known, **first, "amended": self.amended}


@dataclass(frozen=True, slots=True)
class Through:
    """Who or what in a lot something was found by: a part in it, and who has that part.

    Parts are declarant, group, resident, seller, seller_bank, carrier, buyer; plate,
    foreign_plate, goods and origin are nobody's.
    """

    part: str
    party: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A risk control in force (布控) that reaches a lot, and through what."""

    control_id: str
    lane: Lane
    through: Through


@dataclass(frozen=True, slots=True)
class Level:
    """The credit level in force of a party that has a part in a lot."""

    level: CreditLevel
    through: Through


@dataclass(frozen=True, slots=True)
class Selected:
    """An earlier lot that was selected and has not been released; when it ended, if it has."""

    lot_id: str
    lane: Lane
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Screening:
    """The judgement on a lot: its lane and every reason for it."""

    lane: Lane
    reasons: tuple[str, ...]
    selected: bool
    """Whether the random draw took it, whatever the rules said."""
