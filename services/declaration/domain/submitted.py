"""What lots that are declared before another one take of what it is judged by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from services.declaration.domain.loads import entries_of, is_named
from services.declaration.domain.model import Facts, ManifestFacts, ResidentFacts, Submission
from services.kernel.canonical import reference_key

_Loads = dict[tuple[str, datetime], Decimal]


@dataclass(frozen=True, slots=True)
class Sent:
    """A lot among others that are sent together."""

    lot: Submission
    whole: bool
    """Whether every ticket could be read: one that could not is refused for that, and takes
    nothing."""


def facts_after(facts: Facts, lot: Submission, before: Iterable[Submission]) -> Facts:
    """The facts of a lot as they are once those before it, of the same party, are declared: their
    references are used, and so is what they take of quotas, of tickets, of its manifest and of its
    trucks' loads."""
    earlier = list(before)
    key = reference_key(lot.reference)
    loads, unnamed = _loads_after(facts, lot, earlier)
    return replace(
        facts,
        declared_with=any(reference_key(other.reference) == key for other in earlier),
        manifest=_manifest_after(facts.manifest, lot, earlier),
        residents=_residents_after(facts, lot, earlier),
        loads=loads,
        unnamed=unnamed,
    )


def _manifest_after(
    manifest: ManifestFacts | None, lot: Submission, before: Iterable[Submission]
) -> ManifestFacts | None:
    if manifest is None:
        return None
    of = (lot.manifest_key, lot.port, lot.plate_key)
    taken = sum(
        (o.gross_kg for o in before if (o.manifest_key, o.port, o.plate_key) == of), Decimal(0)
    )
    return replace(manifest, left_kg=manifest.left_kg - taken)


def _loads_after(
    facts: Facts, lot: Submission, before: Iterable[Submission]
) -> tuple[_Loads, _Loads]:
    """Lots before it that came with one of its trucks, whose entries are the same then."""
    loads, unnamed = dict(facts.loads), dict(facts.unnamed)
    for other in before:
        plates = {other.plate_key, other.foreign_plate_key}
        trucks = (*facts.trucks, *facts.by_foreign) if other.port == lot.port else ()
        came = {t.plate_key: t for t in trucks if plates & {t.plate_key, *t.foreign_keys}}
        for plate, truck in came.items():
            declared = truck.declared(other.entered_at)
            carrier = None if declared is None else declared.carrier
            named = is_named(other, facts.manifest, plate, carrier)
            held = loads if named else unnamed
            for at in dict.fromkeys(entries_of(other, facts, truck)):
                key = (plate, at)
                held[key] = held.get(key, Decimal(0)) + other.gross_kg
    return loads, unnamed


def _residents_after(
    facts: Facts, lot: Submission, before: Iterable[Submission]
) -> dict[bytes, ResidentFacts]:
    """Quota is of the day wherever it is used; tickets are of the day at the lot's port."""
    residents = dict(facts.residents)
    for other in before:
        if other.business_on != lot.business_on:
            continue
        for share in other.shares:
            known = residents.get(share.resident or b"")
            if known is not None and share.resident is not None:
                residents[share.resident] = replace(
                    known,
                    used_minor=known.used_minor + share.value.minor,
                    tickets_used=known.tickets_used + (other.port == lot.port),
                )
    return residents
