"""State machines as tables: a pair that is not in the table is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar

from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOTHING_POSSIBLE, STATE_CONFLICT

S = TypeVar("S", bound=str)

NOBODY: Final = "nobody"
"""The holder of a case in which nobody need act."""
CUSTOMS_INSIDE: Final = frozenset({"officer", "auditor"})
BANK_INSIDE: Final = frozenset({"bank", "auditor"})
"""Kinds of party that are told what customs, and what a bank, does inside a case."""

_KIND_OF_HOLDER: Final[Mapping[str, str]] = {"customs": "officer"}
"""The kind of party that acts for a holder who brings what others know of."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a case waits for: its code, a sentence, and whose desk it lies on.

    ``desk`` is the role that a party plays in the case (its ``members``, its ``bank``); which party
    that is stands in the case. Without one it lies on no desk of the work list: the window itself
    is waited for, or whoever is has a case of his own for it.
    """

    code: str
    detail: str
    desk: str | None = None
    outlives: bool = False
    """Whether it is still waited for when the case itself is done."""
    holds: str | None = None
    """Who holds a case that is done while this is still waited for; nobody, if None."""
    brought_by: str | None = None
    """Who alone can bring it, where it lies on other desks too, that they know of it: a holder."""
    told_to: frozenset[str] | None = None
    """The kinds of party that are told that this is waited for; all who see the case, if None."""

    def is_told_to(self, party_kind: str) -> bool:
        """Whether a kind of party is told that this is waited for."""
        return self.told_to is None or party_kind in self.told_to

    def brought_by_another(self, party_kind: str) -> str | None:
        """Who brings it instead of a kind of party on whose desk it lies; None if that does."""
        if self.brought_by is None or _KIND_OF_HOLDER[self.brought_by] == party_kind:
            return None
        return self.brought_by


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a case in a state, and what it waits for there."""

    holder: str
    waits: tuple[Wait, ...] = ()


DONE: Final = Held(NOBODY)


@dataclass(frozen=True)
class Outside(Generic[S]):
    """How a kind of case stands to those who are not told what is done inside it.

    That findings are written, or a name is looked at, tells its party as much as a part of them.
    """

    insiders: frozenset[str]
    """The kinds of party that read a case of the kind as it stands."""
    stands_as: Mapping[S, S]
    until: str | None = None
    """The column of the owner's row that says until when, where it is not for good."""


@dataclass(frozen=True)
class StateTable(Generic[S]):
    """One kind of case: all its legal moves, (state, act) -> state, and who holds it in a state."""

    name: str
    moves: Mapping[tuple[S, str], S]
    held: Mapping[S, Held] = field(default_factory=dict)
    aside: tuple[Wait, ...] = ()
    """What acts make such a case wait for beside its state, until somebody brings it."""
    outside: Outside[S] | None = None
    """How such a case stands to others than its insiders; as it stands, if None."""

    def is_inside(self, party_kind: str) -> bool:
        """Whether a kind of party is told what is done inside such a case."""
        return self.outside is None or party_kind in self.outside.insiders

    def stands_outside(
        self, state: S, *, until: datetime | None = None, now: datetime | None = None
    ) -> S:
        """Where a case in a state stands to those outside, now; ``until`` is what its row says."""
        told = self.outside
        if told is None:
            return state
        if told.until is not None and (until is None or now is None or until <= now):
            return state
        return told.stands_as.get(state, state)

    def holder(self, state: S) -> str:
        """Who must act in a state. Raises KeyError for one that the table does not hold."""
        return self.held[state].holder

    def waits(self, state: S) -> tuple[Wait, ...]:
        """What a case waits for in a state."""
        return self.held[state].waits

    def wait(self, code: str) -> Wait:
        """What a code of this kind of case means. Raises KeyError."""
        return {wait.code: wait for wait in reversed(self.every_wait())}[code]

    def every_state(self) -> tuple[S, ...]:
        """All states of such a case, in the order in which they are declared."""
        declared: Iterable[S] = type(next(iter(self.moves))[0])  # type: ignore[assignment]
        return tuple(declared)

    def every_wait(self) -> tuple[Wait, ...]:
        """All that such a case may ever wait for."""
        return (*(wait for held in self.held.values() for wait in held.waits), *self.aside)

    def passes(self, state: S) -> tuple[str, ...]:
        """What is waited for no more once a case stands in a state, unless the state says so."""
        by_state = {w for held in self.held.values() for w in held.waits if w.desk is not None}
        aside = (w for w in self.aside if self.is_final(state) and not w.outlives)
        return tuple(sorted({wait.code for wait in (*by_state, *aside)}))

    def holder_of(self, state: S, waits: Iterable[str]) -> str:
        """Who must act in a state while this is waited for: an ended case may have a desk yet."""
        if self.is_final(state):
            for wait in self.aside:
                if wait.holds is not None and wait.code in waits:
                    return wait.holds
        return self.holder(state)

    def move(self, state: S, act: str) -> S:
        """The state after an act. Raises Refused STATE_CONFLICT, naming what is possible now."""
        try:
            return self.moves[state, act]
        except KeyError:
            raise Refused(self.conflict(state, act)) from None

    def move_from_outside(self, state: S, act: str) -> S:
        """The same by somebody who is not told what is done inside such a case: he is refused as
        the case stands to him, or he would read it out of the refusal. Raises Refused."""
        if (state, act) in self.moves:
            return self.moves[state, act]
        raise Refused(self.conflict(self.stands_outside(state), act))

    def conflict(self, state: S, act: str) -> Refusal:
        """The refusal of an act that the state does not allow."""
        possible = self.acts(state)
        reason = STATE_CONFLICT if possible else NOTHING_POSSIBLE
        return reason.at(case=self.name, state=state, act=act, possible=possible)

    def acts(self, state: S) -> tuple[str, ...]:
        """What can be done in a state."""
        return tuple(act for (at, act) in self.moves if at == state)

    def sources(self, act: str) -> tuple[S, ...]:
        """The states in which an act is possible."""
        return tuple(at for (at, a) in self.moves if a == act)

    def is_final(self, state: S) -> bool:
        """Whether nothing more can happen."""
        return not self.acts(state)
