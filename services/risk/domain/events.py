"""Facts of risk. Parties and goods by code, no names, no grounds."""

from __future__ import annotations

from datetime import date

from services.kernel.events import Event


class LotScreened(Event):
    """On the lot's chain: its lane, why, and everything needed to judge the draw again."""

    unasked = True

    screening_id: str
    lane: str
    reasons: tuple[str, ...]
    draw_value: str | None
    rate: str | None
    seed_id: str | None
    credit_level: str
    rule_book_version: int
    policy_version: int
    order_id: str | None = None
    rules: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    """Of a control or level, by which part of the lot it was found; who that is, officers read."""
    known_by: tuple[str, ...] | None = None
    """Where the goods are selected, the salted digest of each key by which they are known again."""


class LotCalledIn(Event):
    """On the lot's chain: an officer wants it inspected; the order, where it has been screened."""

    call_in_id: str
    lane: str
    order_id: str | None
    rules: tuple[str, ...] = ("INS-CALL-IN",)
    known_by: tuple[str, ...] | None = None
    """The salted digest of each key by which the goods are known again."""


class DrawSeedCommitted(Event):
    """A secret seed was made for a port and day; its SHA-256 is public from now on.

    Said by ``draw_seed_commit``, whoever begins the day.
    """

    unasked = True

    port: str
    business_on: date
    round: int
    commitment: str


class DrawSeedClosed(Event):
    """No more draws happen under the seed."""

    port: str
    business_on: date
    round: int


class DrawSeedRevealed(Event):
    """The seed itself (hex): every draw under it can be recomputed by anybody."""

    seed: str


class RiskRuleProposed(Event):
    """A risk officer worded a rule; a second one must approve it."""

    code: str
    lane: str
    expression: str
    effective_from: date
    effective_to: date | None = None


class RiskRuleApproved(Event):
    """The rule applies to screenings of its days from now on."""

    code: str
    book_version: int


class RiskRuleRejected(Event):
    """The second risk officer did not approve."""

    code: str


class RiskRuleRetirementProposed(Event):
    """A risk officer wants a rule to end before ``ends_on``; a second one must approve it."""

    code: str
    ends_on: date


class RiskRuleRetired(Event):
    """The rule applies to no day from ``ends_on`` on."""

    code: str
    ends_on: date
    book_version: int


class RiskRuleKept(Event):
    """The second risk officer did not approve that the rule ends."""

    code: str


class RiskControlSet(Event):
    """A control (布控): goods with this fact always go to a person."""

    kind: str
    value: str
    lane: str
    effective_from: date
    effective_to: date | None = None


class RiskControlLifted(Event):
    """The control was lifted (解控) by another officer than who set it."""

    book_version: int
