"""Who can be signed in as: the list of sample people that the sign-in page shows by role.

It stands in the data directory as ``sample-people.json`` and names nobody's identity number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from deploy.operate.data_directory import write_once

FILE: Final = "sample-people.json"
ROLES: Final = (
    "resident",
    "clerk",
    "carrier",
    "gate",
    "officer",
    "risk_officer",
    "policy_officer",
    "registrar",
    "bank",
    "bank_compliance",
    "enterprise",
    "leader",
    "auditor",
)
"""In the order of the page."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the sample world, as a token of the sandbox names them."""

    subject: str
    party: str
    role: str
    name: str
    can: str
    """A short code of what waits there for a newcomer to try."""
    of: str | None = None
    """Of the group, bank, factory or port's office for which the person acts."""
    port: str | None = None
    team: str | None = None


@dataclass
class Roll:
    """The sample people of a data directory."""

    path: Path
    people: dict[str, Person] = field(default_factory=dict)
    """By subject."""

    @classmethod
    def at(cls, home: Path) -> Roll:
        """Who is on the list already."""
        path = home / FILE
        kept = json.loads(path.read_bytes()) if path.exists() else []
        return cls(path, {row["subject"]: Person(**row) for row in kept})

    def add(self, people: Iterable[Person]) -> None:
        """More people, who are there from now on."""
        self.people |= {person.subject: person for person in people}
        self._keep()

    def waits(self, subject: str, can: str) -> None:
        """Something waits for a person; of somebody who is not on the list nothing is said."""
        if subject in self.people:
            self.people[subject] = replace(self.people[subject], can=can)
            self._keep()

    def _keep(self) -> None:
        rows = sorted(self.people.values(), key=lambda p: (ROLES.index(p.role), p.port or ""))
        write_once(self.path, json.dumps(list(map(asdict, rows)), ensure_ascii=False).encode())
