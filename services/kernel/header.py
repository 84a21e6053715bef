"""The header of a case: what is asked of every case, whatever its kind, kept on one row.

The owner writes it with the event that changes it; others may only add who else reads the case,
what it is linked to, and what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from services.kernel.identifiers import case_uuid

Desks = Mapping[str, Iterable[str]]
"""The parties, as desks of the work list, that play a role in a case: ``{"members": [...]}``."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the law over a case. ``strictly``: the due instant itself is too late."""

    kind: str
    started_at: datetime
    due_at: datetime
    strictly: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What an event leaves on its case's row; what is None stays as it was."""

    state: str | None = None
    holder: str | None = None
    reference: str | None = None
    port: str | None = None
    lot: str | None = None
    """The lot that the case is about, whose residents may read the case."""
    readers: tuple[str, ...] = ()
    clock: Clock | None = None
    clock_stopped_at: datetime | None = None
    escalated_at: datetime | None = None

    def then(self, later: Header) -> Header:
        """This header with what a later event of the same act changes."""
        names = ("state", "holder", "clock", "clock_stopped_at", "escalated_at")
        changes = {name: getattr(later, name) for name in names}
        return replace(self, **{name: v for name, v in changes.items() if v is not None})

    def as_json(self) -> dict[str, Any]:
        """As ``append_event`` takes it: only what changes."""
        clock = self.clock
        fields = {
            "state": self.state,
            "holder": self.holder,
            "reference": self.reference,
            "port": self.port,
            "lot": None if self.lot is None else str(case_uuid(self.lot)),
            "readers": list(self.readers) or None,
            "clock": clock and clock.kind,
            "started_at": clock and _text(clock.started_at),
            "due_at": clock and _text(clock.due_at),
            "strictly": clock and clock.strictly,
            "stopped_at": self.clock_stopped_at and _text(self.clock_stopped_at),
            "escalated_at": self.escalated_at and _text(self.escalated_at),
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(slots=True)
class Mark:
    """What an act adds to a case beside its state: waits, links and further readers."""

    drop: list[tuple[str, str | None]] = field(default_factory=list)
    waits: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)

    def wait(self, code: str, desks: Iterable[str], due_at: datetime | None) -> None:
        """From now on the case waits for this, on these desks."""
        self.waits.update(dict.fromkeys(((code, desk) for desk in desks), due_at))

    def brought(self, codes: Iterable[str], desk: str | None = None) -> None:
        """Nobody (or this desk) is waited for any more in this."""
        gone = set(codes)
        for code, at in list(self.waits):
            if code in gone and desk in (None, at):
                del self.waits[code, at]
        self.drop += [(code, desk) for code in sorted(gone)]

    def as_json(self, case: str) -> dict[str, Any]:
        """As ``mark_cases`` takes it."""
        lists: dict[str, list[Any]] = {
            "drop": [list(pair) for pair in self.drop],
            "waits": [
                [code, desk, INFINITY if due is None else _text(due)]
                for (code, desk), due in self.waits.items()
            ],
            "links": [str(case_uuid(link)) for link in self.links],
            "readers": self.readers,
        }
        return {
            "case": str(case_uuid(case)),
            **{n: values for n, values in lists.items() if values},
        }

    def copy(self) -> Mark:
        """As it is now, whatever is added later."""
        return Mark(list(self.drop), dict(self.waits), list(self.links), list(self.readers))


INFINITY: Final = "infinity"
"""When work without a deadline is due: after all that has one."""


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
