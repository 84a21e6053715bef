"""What makes a lot acceptable. Every reason is found, each points at what caused it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final

from services.declaration.domain import refusals
from services.declaration.domain.loads import entries_by_foreign
from services.declaration.domain.model import Facts, QuotaLimits, ResidentFacts, Share, Submission
from services.declaration.domain.rules.truck import (
    truck_was_declared,
    trucks_lots_are_within_its_load,
)
from services.kernel.clock import day_begins
from services.kernel.commodity import is_line, line_of
from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.refusals import (
    ID_INVALID,
    NOT_A_MEMBER,
    RESIDENT_NOT_FILED,
    SELLER_UNKNOWN,
)
from services.kernel.rule import asked, rule

BEGINNING: Final = date(1996, 4, 1)
"""Since when border-resident trade has had a law (Order 56). Rules of practice, which have no day
of their own, are as old as the matter."""
DAILY_QUOTA: Final = "hushi.daily_quota_cny"
LIST_OF_2024: Final = date(2024, 4, 8)


def assess(lot: Submission, facts: Facts, limits: QuotaLimits) -> list[Refusal]:
    """All reasons why a lot is refused, in the order of its fields; empty when it is accepted.

    It is judged by the rules of its day of entry, which is its day of business, and as it came in
    at its ``entered_at``: where the gate saw it, when the gate did.
    """
    day = lot.business_on
    whole_lot = (
        asked(day, places_are_known, lot, facts),
        asked(day, reference_is_new, lot, facts),
        asked(day, origin_is_a_neighbour, lot, facts),
        asked(day, seller_is_filed, facts),
        _of_the_goods(lot, facts),
        asked(day, gross_is_not_below_net, lot),
        asked(day, manifest_covers_the_lot, lot, facts),
        asked(
            day,
            truck_was_declared,
            facts.trucks,
            entered_at=lot.entered_at,
            loaded_kg=lot.gross_kg,
        ),
        asked(day, trucks_lots_are_within_its_load, lot, facts),
        asked(day, tickets_add_up, lot),
    )
    tickets = (
        asked(day, residents_are_filed, lot, facts),
        asked(day, names_are_not_frozen, lot, facts),
        asked(day, quota_is_not_exceeded, lot, facts, limits),
        asked(day, ticket_count_is_within_limit, lot, facts, limits),
    )
    return list(chain(*whole_lot, *tickets))


def _of_the_goods(lot: Submission, facts: Facts) -> list[Refusal]:
    """Goods that are listed are refused for that alone: no line of them could be declared."""
    day = lot.business_on
    listed = (
        asked(day, goods_are_allowed, facts),
        asked(day, goods_were_exempt, facts),
        asked(day, goods_are_exempt, facts),
    )
    return list(chain(*listed)) or asked(day, goods_are_a_line, lot, facts)


@rule("HUSHI-PLACE", source="order-56", in_force=BEGINNING)
def places_are_known(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """A lot enters at an approved port, at its customs office, and for a group of that port."""
    if not facts.port_known:
        yield refusals.PORT_UNKNOWN.at("/port", port=lot.port)
    elif lot.customs_office != facts.customs_office:
        yield refusals.CUSTOMS_OFFICE_WRONG.at(
            "/customs_office", port=lot.port, office=facts.customs_office or "–"
        )
    if lot.group_code is not None and not facts.group_known:
        yield refusals.GROUP_UNKNOWN.at("/group_code")


@rule("HUSHI-LINE", source="hushi-form", in_force=BEGINNING)
def goods_are_a_line(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Goods are declared under a line of the tariff of their day, by its 8 or 10 digits.

    A heading or subheading would leave open which list, which rate and which rule is theirs.
    """
    if not is_line(lot.hs_code):
        yield _no_line(lot.hs_code)
    elif line_of(lot.hs_code, facts.lines) is None:
        yield refusals.HS_NOT_A_LINE.at("/hs_code", hs_code=lot.hs_code, day=lot.business_on)


def _no_line(code: str) -> Refusal:
    """Why a code is no line's: a spreadsheet that took it for a number took its zero, too."""
    if is_line(f"0{code}"):
        return refusals.HS_ZERO_LOST.at("/hs_code", hs_code=code, digits=len(code))
    return refusals.HS_INVALID.at("/hs_code")


@rule("HUSHI-REF", source="operator-order", in_force=BEGINNING)
def reference_is_new(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """A party uses each of its own references once."""
    if facts.declared_as is not None:
        yield refusals.REFERENCE_DECLARED.at("/reference", lot_id=facts.declared_as)
    elif facts.declared_with:
        yield refusals.REFERENCE_TWICE.at("/reference")


@rule("HUSHI-SELLER", source="operator-order", in_force=BEGINNING)
def seller_is_filed(facts: Facts) -> Iterator[Refusal]:
    """The seller across the border is on file, by its name or its code.

    One that banks elsewhere than the lot says is found when it is paid, and held (SET-10). A name
    one letter off is no name on file either; whoever declares reads the register and learns which
    seller it is almost.
    """
    if facts.seller is None and facts.seller_alike is not None:
        yield refusals.SELLER_ALIKE.at("/seller", seller_code=facts.seller_alike)
    elif facts.seller is None:
        yield SELLER_UNKNOWN.at("/seller")


@rule("HUSHI-ORIGIN", source="origins-by-port", in_force=BEGINNING)
def origin_is_a_neighbour(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Goods originate in a country that the port may take border-resident goods from (W6)."""
    if facts.port_known and not facts.origins:
        yield refusals.ORIGINS_NOT_FILED.at("/origin", port=lot.port, day=lot.business_on)
    elif facts.port_known and lot.origin not in facts.origins:
        yield refusals.ORIGIN_NOT_NEIGHBOUR.at(
            "/origin", origin=lot.origin, port=lot.port, allowed=sorted(facts.origins)
        )


@rule("HUSHI-PROHIBITED", source="order-56", in_force=BEGINNING)
def goods_are_allowed(facts: Facts) -> Iterator[Refusal]:
    """Goods that may not be imported are not border-resident goods."""
    if "PROHIBITED" in facts.restrictions:
        yield refusals.GOODS_PROHIBITED.at("/hs_code")


@rule("HUSHI-GOODS-2010", source="no-exemption-2010", in_force=date(2010, 5, 1), until=LIST_OF_2024)
def goods_were_exempt(facts: Facts) -> Iterator[Refusal]:
    """Until 7 April 2024: goods on the no-exemption list of 2010 are not border-resident goods."""
    yield from _not_exempt(facts)


@rule("HUSHI-GOODS", source="no-exemption-2024", in_force=LIST_OF_2024)
def goods_are_exempt(facts: Facts) -> Iterator[Refusal]:
    """Goods on the no-exemption list of 2024 are not border-resident goods."""
    yield from _not_exempt(facts)


def _not_exempt(facts: Facts) -> Iterator[Refusal]:
    """Which goods are listed is filed with its dates: the facts are those of the lot's day."""
    if "NOT_EXEMPT" in facts.restrictions and "PROHIBITED" not in facts.restrictions:
        yield refusals.GOODS_NOT_EXEMPT.at("/hs_code")


@rule("HUSHI-GROSS", source="hushi-form", in_force=BEGINNING)
def gross_is_not_below_net(lot: Submission) -> Iterator[Refusal]:
    """Gross weight is at least net weight."""
    if lot.gross_kg < lot.net_kg:
        yield refusals.GROSS_BELOW_NET.at("/gross_kg", gross=lot.gross_kg, net=lot.net_kg)


@rule("HUSHI-MANIFEST", source="manifest-write-off", in_force=BEGINNING)
def manifest_covers_the_lot(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """The lots of a truck never weigh more than its manifest (W30), by gross weight.

    A lot names the manifest that is lodged for its truck's entry: without its number nothing would
    be written off, and under one of an entry before what was left of that would come in again. A
    manifest is of the truck's own plate: whoever names the truck by its foreign one is told so, by
    that of each carrier who has the plate on file.
    """
    if facts.manifest is None and _by_own_plate(lot, facts):
        yield refusals.MANIFEST_BY_OWN_PLATE.at("/manifest_no")
    elif lot.manifest_no is None:
        entries = facts.entries.truck
        if any(_is_for_the_entry(lot, at, entries) for at in facts.manifests_lodged):
            yield refusals.MANIFEST_NOT_NAMED.at("/manifest_no")
    elif facts.manifest is None:
        yield refusals.MANIFEST_UNKNOWN.at("/manifest_no")
    elif _is_of_an_entry_before(lot, facts.manifest.lodged_at, facts):
        yield refusals.MANIFEST_OF_BEFORE.at("/manifest_no")
    elif lot.gross_kg > facts.manifest.left_kg:
        yield refusals.OVER_MANIFEST.at(
            "/gross_kg", left_kg=facts.manifest.left_kg, lot_kg=lot.gross_kg
        )


def _by_own_plate(lot: Submission, facts: Facts) -> bool:
    """Whether a manifest is lodged for the entry of a truck that is named by its foreign plate."""
    own = {truck.plate_key for truck in facts.trucks}
    return any(
        _is_for_the_entry(lot, at, entries_by_foreign(lot, facts, truck))
        for truck in facts.by_foreign
        if truck.plate_key not in own
        for at in facts.manifests_by_own.get(truck.plate_key, ())
    )


def _is_for_the_entry(lot: Submission, lodged_at: datetime, entries: Sequence[datetime]) -> bool:
    """Whether a manifest that was lodged about a lot's day is for the entry that the lot came with.

    It is for the first entry that the gate saw after it was lodged; where there is none, for the
    last before. Of an entry that the gate has not seen nobody can say that it was another.
    """
    if lot.entered_at not in entries:
        return True
    after = [at for at in entries if at >= lodged_at]
    return lot.entered_at == (min(after) if after else max(entries))


def _is_of_an_entry_before(lot: Submission, lodged_at: datetime, facts: Facts) -> bool:
    """Whether the truck came in with a manifest before the entry that the lot came with.

    One that is lodged late may be of any entry before. Where the gate has not seen the lot's entry,
    it is told by a newer manifest, of the lot's day or the day before.
    """
    entries = facts.entries.truck
    if any(lodged_at <= at < lot.entered_at for at in entries):
        return True
    eve = day_begins(lot.business_on - timedelta(days=1))
    return lot.entered_at not in entries and bool(facts.manifests_lodged) and lodged_at < eve


@rule("HUSHI-SPLIT", source="hushi-form", in_force=BEGINNING)
def tickets_add_up(lot: Submission) -> Iterator[Refusal]:
    """The tickets of a lot add up to it, in value and in net weight."""
    value = Money(sum(s.value.minor for s in lot.shares), lot.value.currency)
    weight = sum((s.net_kg for s in lot.shares), Decimal(0))
    if value != lot.value:
        yield refusals.SPLIT_VALUE.at("/value", tickets=value, lot=lot.value)
    if weight != lot.net_kg:
        yield refusals.SPLIT_WEIGHT.at("/net_kg", tickets=weight, lot=lot.net_kg)


@rule("HUSHI-RESIDENT", source="order-56", in_force=BEGINNING)
def residents_are_filed(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Every ticket is in the name of a filed resident, in the group, filing valid that day.

    Of somebody else's member nothing more is said: neither how long the filing holds nor what of
    the day's quota is used.
    """
    day = lot.business_on
    for line, share in enumerate(lot.shares):
        at = f"/tickets/{line}/resident_no"
        resident = None if share.resident is None else facts.residents.get(share.resident)
        if share.resident is None:
            yield (share.fault or ID_INVALID).at(at)
        elif resident is None or resident.filed_on > day:
            yield RESIDENT_NOT_FILED.at(at)
        elif _is_foreign(lot, resident):
            yield NOT_A_MEMBER.at(at, day=day)
        elif resident.valid_until < day:
            yield refusals.FILING_EXPIRED.at(at, ended=resident.valid_until)


@rule("HUSHI-OWN-NAME", source="operator-order", in_force=BEGINNING)
def names_are_not_frozen(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """Nobody declares in a name that its bearer has frozen."""
    for line, share in enumerate(lot.shares):
        resident = None if share.resident is None else facts.residents.get(share.resident)
        # Of who is none of the declarant's nothing is told but that.
        mine = resident is not None and (lot.group_code is None or resident.is_member)
        if resident is not None and mine and resident.frozen:
            frozen = refusals.NAME_FROZEN if lot.group_code else refusals.NAME_FROZEN_ALONE
            yield frozen.at(f"/tickets/{line}/resident_no")


@rule("HUSHI-QUOTA", source="exemption-2008", in_force=BEGINNING)
def quota_is_not_exceeded(lot: Submission, facts: Facts, limits: QuotaLimits) -> Iterator[Refusal]:
    """A resident's declarations of one Beijing day stay within the daily quota, inclusive (W2).

    A port that taxes or converts the excess takes what is within the quota like any other.

    There has been a quota since border-resident trade has had a law (1,000, then 3,000 CNY); the
    source named gave it its present sum. What it is on a day is a dated parameter, and a day
    without one is refused.
    """
    used: dict[bytes, int] = {}
    for line, (key, resident, share) in enumerate(_filed(lot, facts)):
        if key is None or resident is None:
            continue
        used[key] = used.get(key, resident.used_minor) + share.value.minor
        excess = used[key] - limits.daily.minor
        if excess > 0 and limits.excess != "REJECT":
            yield refusals.NO_TARIFF.at(f"/tickets/{line}/value")
        elif excess > 0:
            over = refusals.QUOTA_EXCEEDED if lot.group_code else refusals.QUOTA_EXCEEDED_ALONE
            yield over.at(
                f"/tickets/{line}/value",
                quota=limits.daily,
                excess=Money(excess, limits.daily.currency),
            )


@rule("HUSHI-TICKETS", source="ticket-limit", in_force=BEGINNING)
def ticket_count_is_within_limit(
    lot: Submission, facts: Facts, limits: QuotaLimits
) -> Iterator[Refusal]:
    """Where a port limits tickets per resident and day, no resident has more there (W2).

    Tickets at other ports count at those: the answer is the same in whichever order they come.
    """
    if limits.max_tickets is None:
        return
    count: dict[bytes, int] = defaultdict(int)
    for line, (key, resident, _) in enumerate(_filed(lot, facts)):
        if key is None or resident is None:
            continue
        count[key] += 1
        if resident.tickets_used + count[key] > limits.max_tickets:
            yield refusals.TICKET_LIMIT.at(f"/tickets/{line}/resident_no", most=limits.max_tickets)


def _is_foreign(lot: Submission, resident: ResidentFacts) -> bool:
    return lot.group_code is not None and not resident.is_member


def _filed(
    lot: Submission, facts: Facts
) -> Iterator[tuple[bytes | None, ResidentFacts | None, Share]]:
    """Each share with its resident's facts; a number that is invalid, not on file that day, or not
    of the lot's group has none."""
    for share in lot.shares:
        resident = None if share.resident is None else facts.residents.get(share.resident)
        if resident is not None and (
            resident.filed_on > lot.business_on or _is_foreign(lot, resident)
        ):
            resident = None
        yield share.resident, resident, share
