"""Which acts an accreditation allows its reader, by its state, the law and who he is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

from services.accreditation.domain.model import Accreditation
from services.accreditation.domain.rules import accreditation as law
from services.accreditation.domain.states import AEO, AeoState
from services.kernel.rule import asked


class Stands(StrEnum):
    """What of a case and of the officer who reads it closes acts on it, beside its state."""

    AWAY = "AWAY"  # not in service at its port, or not today
    INTERESTED = "INTERESTED"  # has declared an interest in the enterprise
    UNSKILLED = "UNSKILLED"  # does not know accreditation
    NOT_DRAWN = "NOT_DRAWN"  # does not examine it
    NOT_THE_OTHER = "NOT_THE_OTHER"  # made the report that waits, or does not examine it
    EXAMINED = "EXAMINED"  # has examined it, in whichever round
    BOTH_STAY = "BOTH_STAY"  # two are drawn who may both examine
    DECIDED = "DECIDED"  # a decision waits for its second signature
    UNDECIDED = "UNDECIDED"  # none does
    NOT_THE_SIGNER = "NOT_THE_SIGNER"  # proposed the decision that waits, or has examined
    NOT_CARRIED_OUT = "NOT_CARRIED_OUT"  # the decision that waits cannot take effect any more


_ON_DECISIONS: Final = frozenset({"countersign", "send_decision_back"})
_OF_DECIDERS: Final = frozenset({"decide"}) | _ON_DECISIONS
_OF_EXAMINERS: Final = frozenset({"report", "concur", "send_back"})
_OF_OFFICERS: Final = (
    frozenset({"accept", "decline", "extend", "redraw", "review"}) | _OF_EXAMINERS | _OF_DECIDERS
)
_OF_APPLICANT: Final = ("self_assess", "withdraw")
_CLOSES: Final = {
    Stands.AWAY: _OF_OFFICERS,
    Stands.INTERESTED: _OF_OFFICERS,
    Stands.UNSKILLED: _OF_EXAMINERS | _OF_DECIDERS,
    Stands.NOT_DRAWN: frozenset({"report"}),
    Stands.NOT_THE_OTHER: frozenset({"concur", "send_back"}),
    Stands.EXAMINED: _OF_DECIDERS,
    Stands.BOTH_STAY: frozenset({"redraw"}),
    Stands.DECIDED: frozenset({"decide"}),
    Stands.UNDECIDED: _ON_DECISIONS,
    Stands.NOT_THE_SIGNER: _ON_DECISIONS,
    Stands.NOT_CARRIED_OUT: frozenset({"countersign"}),
}
"""Which acts it closes."""


def acts_of_applicant(case: Accreditation, today: date) -> list[str]:
    """Which acts the own case allows an enterprise; what is done inside it changes none."""
    stays = asked(today, law.only_an_application_is_withdrawn, case.cycle)
    held = AEO.acts(AeoState(case.state))
    return [act for act in _OF_APPLICANT if act in held and not (stays and act == "withdraw")]


def acts_open(case: Accreditation, today: date, stands: Collection[Stands]) -> list[str]:
    """Which acts a case allows an officer of its port to whom it stands so."""
    his = _OF_OFFICERS.difference(*(_CLOSES[one] for one in stands))
    return [act for act in _acts(case, today) if act in his]


def _acts(case: Accreditation, today: date) -> tuple[str, ...]:
    """What officers may do with a case in its state; a decision is of the kinds ``possible``."""
    may = law.possible(case, today)
    upon_grounds = {"extend": "extension", "redraw": "redraw", "review": "review"}
    by_state = (
        act for act in AEO.acts(AeoState(case.state)) if act in _OF_OFFICERS - set(upon_grounds)
    )
    decide = ("decide",) if any(kind in may for kind in law.DECISIONS) else ()
    besides = (act for act, named in upon_grounds.items() if named in may)
    return (*by_state, *decide, "countersign", "send_decision_back", *besides)
