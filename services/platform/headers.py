"""What an act leaves on the headers of cases: where each stands, what it waits for, who reads it.

Collected while the act is under way and written by its last statement with its events, so that a
case enters a work list, and leaves it, at the commit of the act.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from services.kernel.header import Desks, Header, Mark
from services.kernel.states import StateTable

S = TypeVar("S", bound=str)
_NO_DESKS: Final[Desks] = {}


@dataclass(slots=True)
class Headers:
    """The headers that one act or step writes."""

    _headers: dict[str, Header] = field(default_factory=dict)
    _marks: dict[str, Mark] = field(default_factory=dict)

    def stand(
        self,
        case: str,
        table: StateTable[S],
        state: S,
        *,
        desks: Desks = _NO_DESKS,
        due_at: datetime | None = None,
        header: Header | None = None,
    ) -> None:
        """From this act on a case stands in a state, and lies on the desks that it waits for.

        ``desks`` says which parties play the roles that the state table waits for; ``due_at`` is
        until when. ``header`` carries what else changes, and everything of a case that opens.
        """
        header = replace(header or Header(), state=state, holder=table.holder(state))
        before = self._headers.get(case)
        self._headers[case] = header if before is None else before.then(header)
        if not header.readers:  # else it opens, and was waited for by nobody
            self.brought(case, *table.passes(state))
        for wait in table.waits(state):
            if wait.desk is not None:
                self.wait(case, wait.code, desks.get(wait.desk, ()), due_at=due_at)

    def note(self, case: str, header: Header) -> None:
        """Change what a header says beside the state: a clock that ran out."""
        before = self._headers.get(case)
        self._headers[case] = header if before is None else before.then(header)

    def wait(
        self, case: str, code: str, desks: Iterable[str], *, due_at: datetime | None = None
    ) -> None:
        """From this act on a case waits for something, on these desks."""
        self._mark(case).wait(code, desks, due_at)

    def brought(self, case: str, *codes: str, desk: str | None = None) -> None:
        """From this act on nobody, or this desk no longer, is waited for in this."""
        self._mark(case).brought(codes, desk)

    def link(self, case: str, other: str) -> None:
        """One case led to the other; each is shown with the other."""
        self._mark(case).links.append(other)

    def reader(self, case: str, party: str) -> None:
        """From this act on a party may read the case too."""
        self._mark(case).readers.append(party)

    def _mark(self, case: str) -> Mark:
        return self._marks.setdefault(case, Mark())

    def copy(self) -> Headers:
        """As they are now, to go back to."""
        marks = {case: mark.copy() for case, mark in self._marks.items()}
        return Headers(dict(self._headers), marks)

    def beside(self, cases: Sequence[str]) -> list[str | None] | None:
        """The headers beside an act's events, each at one of its case's; None for none.

        That is the first where the case opens, whose row is made of it, else the last.
        Raises ValueError for a header without an event: nothing changes without one.
        """
        if not self._headers:
            return None
        last = {case: place for place, case in enumerate(cases)}
        first = {case: place for place, case in reversed([*enumerate(cases)])}
        if missing := self._headers.keys() - last.keys():
            raise ValueError(f"a header changes with an event: record one for {sorted(missing)}")
        found: list[str | None] = [None] * len(cases)
        for case, header in self._headers.items():
            place = first[case] if header.readers else last[case]
            found[place] = json.dumps(header.as_json())
        return found

    def marks(self) -> str | None:
        """What is added to cases beside their state, as ``mark_cases`` takes it."""
        if not self._marks:
            return None
        return json.dumps([mark.as_json(case) for case, mark in sorted(self._marks.items())])
