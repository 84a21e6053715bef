"""What makes a lot acceptable. Every reason is found, each points at what caused it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final

from services.declaration.domain.model import Facts, QuotaLimits, ResidentFacts, Share, Submission
from services.kernel.commodity import is_hs_code
from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.rule import rule

CLOCKS_DIFFER_MAX: Final = timedelta(minutes=10)
"""How far a caller's clock may be ahead of ours."""


def assess(lot: Submission, facts: Facts, limits: QuotaLimits) -> list[Refusal]:
    """All reasons why a lot is refused, in the order of its fields; empty when it is accepted."""
    whole_lot = (
        places_are_known(lot, facts),
        reference_is_new(lot, facts),
        origin_is_a_neighbour(lot, facts),
        goods_are_exempt(lot, facts),
        gross_is_not_below_net(lot),
        manifest_covers_the_lot(lot, facts),
        tickets_add_up(lot),
    )
    tickets = (
        residents_are_filed(lot, facts),
        quota_is_not_exceeded(lot, facts, limits),
        ticket_count_is_within_limit(lot, facts, limits),
    )
    return list(chain(*whole_lot, *tickets))


@rule("HUSHI-PLACE", source="Order 56 (approved areas); registry", in_force=date(1996, 1, 1))
def places_are_known(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """A lot enters at an approved port, its office and group, under a commodity code."""
    if not facts.port_known:
        yield Refusal("PORT_UNKNOWN", f"{lot.port} is no approved port; see the registry.", "/port")
    elif lot.customs_office != facts.customs_office:
        yield Refusal(
            "CUSTOMS_OFFICE_WRONG",
            f"The customs office at {lot.port} is {facts.customs_office}; declare to it.",
            "/customs_office",
        )
    if lot.group_code is not None and not facts.group_known:
        yield Refusal("GROUP_UNKNOWN", "This group is not filed at this port.", "/group_code")
    if not is_hs_code(lot.hs_code):
        yield Refusal(
            "HS_INVALID",
            "A commodity code has 4, 6, 8 or 10 digits and begins with a chapter of the Harmonized"
            " System, 01 to 97 without 77; look the goods up in the tariff.",
            "/hs_code",
        )


@rule("HUSHI-ENTRY", source="hushi.entry_age_max_days", in_force=date(1996, 1, 1))
def entry_is_of_our_time(
    entered_at: datetime, *, now: datetime, age_max: timedelta
) -> Refusal | None:
    """A truck has entered, and not too long ago: quota and law are those of its day of entry."""
    if entered_at > now + CLOCKS_DIFFER_MAX:
        return Refusal("ENTRY_IN_FUTURE", "The truck has not entered yet.", "/entered_at")
    if entered_at < now - age_max:
        return Refusal(
            "ENTRY_TOO_OLD",
            f"Entries are declared within {age_max.days} days; ask customs how to declare this.",
            "/entered_at",
        )
    return None


@rule(
    "HUSHI-REF",
    source="one reference, one lot: a declaration is not made twice",
    in_force=date(1996, 1, 1),
)
def reference_is_new(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """A party uses each of its own references once."""
    if facts.reference_taken:
        yield Refusal(
            "DUPLICATE_REFERENCE",
            "You have declared a lot under this reference already; look it up, or use a new one.",
            "/reference",
        )


@rule("HUSHI-ORIGIN", source="GACC list of origins by port", in_force=date(1996, 1, 1))
def origin_is_a_neighbour(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Goods originate in a country that the port may take border-resident goods from (W6)."""
    if facts.port_known and lot.origin not in facts.origins:
        allowed = ", ".join(sorted(facts.origins)) or "none"
        yield Refusal(
            "ORIGIN_NOT_NEIGHBOUR",
            f"Origin {lot.origin} is not allowed at {lot.port} (allowed: {allowed}); declare it as"
            " ordinary trade.",
            "/origin",
        )


@rule("HUSHI-GOODS", source="财关税〔2024〕7号", in_force=date(2024, 4, 8))
def goods_are_exempt(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Prohibited goods and goods on the no-exemption list are not border-resident goods."""
    if "PROHIBITED" in facts.restrictions:
        yield Refusal("GOODS_PROHIBITED", "These goods may not be imported.", "/hs_code")
    elif "NOT_EXEMPT" in facts.restrictions:
        yield Refusal(
            "GOODS_NOT_EXEMPT",
            "These goods are on the no-exemption list; declare them as ordinary trade.",
            "/hs_code",
        )


@rule("HUSHI-GROSS", source="互市申报单", in_force=date(1996, 1, 1))
def gross_is_not_below_net(lot: Submission) -> Iterator[Refusal]:
    """Gross weight is at least net weight."""
    if lot.gross_kg < lot.net_kg:
        yield Refusal(
            "GROSS_BELOW_NET",
            f"Gross {lot.gross_kg} kg is below net {lot.net_kg} kg; check both.",
            "/gross_kg",
        )


@rule("HUSHI-MANIFEST", source="核注/反核注", in_force=date(1996, 1, 1))
def manifest_covers_the_lot(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """The lots of a truck never weigh more than its manifest (W30), by gross weight."""
    if lot.manifest_no is None:
        return
    if facts.manifest is None:
        yield Refusal(
            "MANIFEST_UNKNOWN",
            "No such manifest is lodged for this truck at this port; the carrier lodges it first.",
            "/manifest_no",
        )
    elif lot.gross_kg > facts.manifest.left_kg:
        yield Refusal(
            "OVER_MANIFEST",
            f"The manifest has {facts.manifest.left_kg} kg left, the lot weighs {lot.gross_kg}.",
            "/gross_kg",
            {"left_kg": str(facts.manifest.left_kg)},
        )


@rule("HUSHI-SPLIT", source="互市申报单", in_force=date(1996, 1, 1))
def tickets_add_up(lot: Submission) -> Iterator[Refusal]:
    """The tickets of a lot add up to it, in value and in net weight."""
    value = Money(sum(s.value.minor for s in lot.shares), lot.value.currency)
    weight = sum((s.net_kg for s in lot.shares), Decimal(0))
    if value != lot.value:
        yield Refusal(
            "SPLIT_MISMATCH", f"Tickets add up to {value}, the lot says {lot.value}.", "/value"
        )
    if weight != lot.net_kg:
        yield Refusal(
            "SPLIT_MISMATCH", f"Tickets weigh {weight} kg, the lot says {lot.net_kg}.", "/net_kg"
        )


@rule("HUSHI-RESIDENT", source="Order 56; 边民备案", in_force=date(1996, 1, 1))
def residents_are_filed(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Every ticket is in the name of a filed resident, in the group, filing valid that day."""
    day = lot.business_on
    for line, share in enumerate(lot.shares):
        at = f"/tickets/{line}/resident_no"
        resident = None if share.resident is None else facts.residents.get(share.resident)
        if share.resident is None:
            yield Refusal("ID_INVALID", "This is no valid identity number (check digit).", at)
        elif resident is None or resident.filed_on > day:
            yield Refusal("RESIDENT_NOT_FILED", "No resident is filed under this number.", at)
        elif resident.valid_until < day:
            yield Refusal(
                "FILING_EXPIRED", f"The filing ended on {resident.valid_until}; renew it.", at
            )
        elif lot.group_code is not None and not resident.is_member:
            yield Refusal(
                "NOT_A_MEMBER", f"Not a member of {lot.group_code} on {day}; take it out.", at
            )


@rule("HUSHI-QUOTA", source="财关税〔2008〕90号, 〔2024〕7号", in_force=date(2008, 11, 1))
def quota_is_not_exceeded(lot: Submission, facts: Facts, limits: QuotaLimits) -> Iterator[Refusal]:
    """A resident's declarations of one Beijing day stay within the daily quota, inclusive (W2)."""
    used: dict[bytes, int] = {}
    for line, (key, resident, share) in enumerate(_filed(lot, facts)):
        if key is None or resident is None:
            continue
        used[key] = used.get(key, resident.used_minor) + share.value.minor
        excess = used[key] - limits.daily.minor
        if excess > 0:
            yield Refusal(
                "QUOTA_EXCEEDED",
                f"Over the day's quota of {limits.daily} by {Money(excess, 'CNY')}.",
                f"/tickets/{line}/value",
                {"excess": Money(excess, limits.daily.currency).amount},
            )


@rule(
    "HUSHI-TICKETS",
    source="hushi.max_tickets_per_day",
    in_force=date(1996, 1, 1),
)
def ticket_count_is_within_limit(
    lot: Submission, facts: Facts, limits: QuotaLimits
) -> Iterator[Refusal]:
    """Where a port limits tickets per resident and day, no resident has more (W2)."""
    if limits.max_tickets is None:
        return
    count: dict[bytes, int] = defaultdict(int)
    for line, (key, resident, _) in enumerate(_filed(lot, facts)):
        if key is None or resident is None:
            continue
        count[key] += 1
        if resident.tickets_used + count[key] > limits.max_tickets:
            yield Refusal(
                "TICKET_LIMIT",
                f"At this port a resident declares at most {limits.max_tickets} a day.",
                f"/tickets/{line}/resident_no",
            )


def _filed(
    lot: Submission, facts: Facts
) -> Iterator[tuple[bytes | None, ResidentFacts | None, Share]]:
    """Each share with its resident's facts; a number that is invalid or not on file that day has
    none."""
    for share in lot.shares:
        resident = None if share.resident is None else facts.residents.get(share.resident)
        if resident is not None and resident.filed_on > lot.business_on:
            resident = None
        yield share.resident, resident, share
