"""Credit downgrade by violations (W21) and what else makes a party dishonest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.accreditation.domain import refusals
from services.kernel.credit_level import CreditLevel
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import rule
from services.kernel.second_person import second_person


class Grounds(StrEnum):
    """Why a party's credit level is decided (认定依据)."""

    VIOLATIONS = "VIOLATIONS"
    """Rate of violations and sum of fines within a year, both over the limit."""
    SMUGGLING = "SMUGGLING"
    ARREARS = "ARREARS"
    """Tax overdue for more than three months."""
    REPAIRED = "REPAIRED"
    """Credit repaired (信用修复): a dishonest party is ordinary again."""


_LEADS_TO: Final = {
    True: (CreditLevel.ORDINARY,),
    False: (CreditLevel.DISHONEST, CreditLevel.SERIOUSLY_DISHONEST),
}
"""Which levels a repair leads to, and which all other grounds."""


@dataclass(frozen=True, slots=True)
class Violations:
    """A party's year: violations punished, documents of the year before, fines together."""

    count: int
    documents: int
    fines: Money
    is_broker: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What must be exceeded, both, for dishonesty: violations per document and fines."""

    rate: Decimal
    fines: Money


@dataclass(frozen=True, slots=True)
class Dishonesty:
    """Since when a party is dishonest, and on which grounds; those of an accreditation's own
    decision (a downgrade) are not the law's, and are waited for longest."""

    grounds: str
    since: date


@rule("CREDIT-PORT", source="order-251", in_force=date(2021, 11, 1))
def decided_at_its_port(port: str | None, officers: str | None) -> Refusal | None:
    """A party's level is decided by officers of the customs at whose port it is on file.

    A border resident is on file at no port of his own: officers of any decide.
    """
    return NOT_YOURS.at("/party") if port is not None and port != officers else None


@rule("CREDIT-RATE", source="order-251", in_force=date(2021, 11, 1))
def is_dishonest(year: Violations, limits: Limits) -> bool:
    """A party is dishonest when its violation rate and its fines both exceed their limits.

    Exactly at a limit is not over it. Violations without any document a year earlier exceed
    every rate.
    """
    over_rate = Decimal(year.count) > limits.rate * year.documents
    return over_rate and limits.fines < year.fines


@rule("CREDIT-GROUNDS", source="order-251", in_force=date(2021, 11, 1))
def grounds_support_level(
    level: CreditLevel, grounds: Grounds, year: Violations | None, limits: Limits | None
) -> Refusal | None:
    """A party is declared dishonest only on grounds that the law names and the facts bear out.

    Repair leads to the ordinary level and no higher: a certified level is earned by accreditation.
    """
    if level not in _LEADS_TO[grounds is Grounds.REPAIRED]:
        return refusals.GROUNDS_DIFFER.at("/grounds", grounds=grounds, level=level)
    if grounds is not Grounds.VIOLATIONS:
        return None
    if year is not None and limits is not None and is_dishonest(year, limits):
        return None
    return refusals.GROUNDS_INSUFFICIENT.at("/violations")


@rule("CREDIT-MILDER", source="order-282", in_force=date(2026, 4, 1))
def is_no_milder(
    level: CreditLevel, grounds: Grounds, stands: CreditLevel | None
) -> Refusal | None:
    """A level milder than seriously dishonest is had by repair alone.

    Whether the order knows a repair that leads from the one to the other was not found in public
    text; until it is, repair leads to the ordinary level.
    """
    harsher = CreditLevel.SERIOUSLY_DISHONEST
    if level is not CreditLevel.DISHONEST or stands is not harsher or grounds is Grounds.REPAIRED:
        return None
    return refusals.LEVEL_MILDER.at("/level", level=level, stands=harsher)


@rule("CREDIT-REPAIR", source="order-251", in_force=date(2021, 11, 1))
def repair_waited_for(
    today: date, dishonest: Sequence[Dishonesty], months: Mapping[str, int]
) -> Refusal | None:
    """Credit is repaired of a dishonest party alone, and only when the wait of its grounds is over.

    ``months`` by grounds (policy credit.repair_months); grounds that it does not name wait longest.
    """
    if not dishonest:
        return refusals.NOTHING_TO_REPAIR.at("/party")
    longest = max(months.values())
    again_from = max(months_after(d.since, months.get(d.grounds, longest)) for d in dishonest)
    return None if today >= again_from else refusals.REPAIR_TOO_EARLY.at(again_from=again_from)


@rule("CREDIT-SECOND", source="second-signature", in_force=date(2021, 11, 1))
def level_signed_by_another(author: Actor, signer: Actor) -> Refusal | None:
    """A credit level is signed, or refused, by a second officer, never by who proposed it."""
    return second_person(author, signer)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; where that month has none, the first of the next."""
    year, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + year, month=month + 1)
    except ValueError:
        year, month = divmod(day.month + months, 12)
        return date(day.year + year, month + 1, 1)
