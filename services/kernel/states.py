"""State machines as tables: a pair that is not in the table is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import STATE_CONFLICT

S = TypeVar("S", bound=str)


@dataclass(frozen=True)
class StateTable(Generic[S]):
    """All legal moves of one kind of case: (state, act) -> state."""

    name: str
    moves: Mapping[tuple[S, str], S]

    def move(self, state: S, act: str) -> S:
        """The state after an act. Raises Refused STATE_CONFLICT, naming what is possible now."""
        try:
            return self.moves[state, act]
        except KeyError:
            raise Refused(self.conflict(state, act)) from None

    def conflict(self, state: S, act: str) -> Refusal:
        """The refusal of an act that the state does not allow."""
        return STATE_CONFLICT.at(case=self.name, state=state, act=act, possible=self.acts(state))

    def acts(self, state: S) -> tuple[str, ...]:
        """What can be done in a state."""
        return tuple(act for (at, act) in self.moves if at == state)

    def sources(self, act: str) -> tuple[S, ...]:
        """The states in which an act is possible."""
        return tuple(at for (at, a) in self.moves if a == act)

    def is_final(self, state: S) -> bool:
        """Whether nothing more can happen."""
        return not self.acts(state)
