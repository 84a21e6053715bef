"""Of which entries' loads a lot is a part: of each truck on file by one of its plates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.declaration.domain.model import Facts, ManifestFacts, Submission, TruckOnFile
from services.kernel.clock import business_day, day_begins


@dataclass(frozen=True, slots=True)
class TruckLoad:
    """A truck's entry, by the truck's own plate, and what it was rated for then."""

    plate_key: str
    entered_at: datetime
    rated_kg: Decimal
    named: bool
    """Whether the lot is declared under the manifest of this truck's carrier."""

    @property
    def account(self) -> tuple[str, datetime]:
        """By what it is told from others."""
        return self.plate_key, self.entered_at

    def left_kg(self, facts: Facts) -> Decimal:
        """What its other lots leave of it: to one that is named, those that are so."""
        others = (facts.loads,) if self.named else (facts.loads, facts.unnamed)
        return self.rated_kg - sum(kg.get(self.account, Decimal(0)) for kg in others)


def entries_by_foreign(lot: Submission, facts: Facts, truck: TruckOnFile) -> list[datetime]:
    """What the gate saw of a truck that has one of the lot's plates as its foreign one."""
    latest = truck.latest(lot.entered_at) or truck.declarations[0]
    return facts.entries.of_claimed(truck.field, latest.carrier)


def entries_of(lot: Submission, facts: Facts, truck: TruckOnFile) -> list[datetime]:
    """Of which entries of a truck a lot is a part.

    What no gate saw is of its day's, and so is what came with the first entry that the gate saw on
    it: what is declared before the gate's record is no other truckload, and of what has left since
    no room is made for one. It is of the load of another day too that no gate saw come in and that
    has not left: the truck may be there since. A day that is played again has no gate, and those
    entries that its lots say.
    """
    if lot.replay:
        return [lot.entered_at]
    own = truck.plate_key in {one.plate_key for one in facts.trucks}
    came = facts.entries.truck if own else entries_by_foreign(lot, facts, truck)
    seen = [at for at in came if business_day(at) == lot.business_on]
    begins = day_begins(lot.business_on)
    if lot.entered_at not in seen:
        held = (*facts.loads.items(), *facts.unnamed.items())
        inside = [at for (plate, at), kg in held if plate == truck.plate_key and kg > 0]
        return [begins, *(at for at in inside if at != begins and at == _day_of(at))]
    return [lot.entered_at, begins] if lot.entered_at == min(seen) else [lot.entered_at]


def _day_of(at: datetime) -> datetime:
    return day_begins(business_day(at))


def is_named(
    lot: Submission, manifest: ManifestFacts | None, plate_key: str, carrier: str | None
) -> bool:
    """Whether a lot is declared under the manifest of the carrier whose truck it is.

    Whoever has a manifest of the own truck has none of another's, by whichever plate he names it.
    Where either is nobody's by name, the manifest is of the truck whose own plate it says.
    """
    if lot.manifest_no is None:
        return False
    lodged_for = None if manifest is None else manifest.carrier
    if lodged_for is None or carrier is None:
        return plate_key == lot.plate_key
    return lodged_for == carrier


def loads_of_truck(lot: Submission, facts: Facts, truck: TruckOnFile) -> list[TruckLoad]:
    """The loads of one of its trucks; none where it was not declared when it came in."""
    declared = truck.declared(lot.entered_at)
    if declared is None:
        return []
    entries = dict.fromkeys(entries_of(lot, facts, truck))
    named = is_named(lot, facts.manifest, truck.plate_key, declared.carrier)
    return [TruckLoad(truck.plate_key, at, declared.rated_kg, named) for at in entries]


def loads_by_foreign(lot: Submission, facts: Facts) -> list[TruckLoad]:
    """The loads of the trucks that have one of the lot's plates as their foreign one.

    Of one carrier all that have it: they are one truck. Where several carriers say that it is
    theirs, it is of all their loads: what either would bind, binds, or two who file one plate carry
    two loads by it. Whoever names the truck by its own plate alone is held to its carrier's word.
    """
    own = {truck.plate_key for truck in facts.trucks}
    others = (truck for truck in facts.by_foreign if truck.plate_key not in own)
    return [load for truck in others for load in loads_of_truck(lot, facts, truck)]


def loads_of(lot: Submission, facts: Facts) -> list[TruckLoad]:
    """All loads of which a lot is a part, each once."""
    own = [load for truck in facts.trucks for load in loads_of_truck(lot, facts, truck)]
    accounts: dict[tuple[str, datetime], TruckLoad] = {}
    for load in (*own, *loads_by_foreign(lot, facts)):
        accounts.setdefault(load.account, load)
    return list(accounts.values())
