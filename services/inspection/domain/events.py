"""Facts of inspection. Officers by id, no names, no remarks."""

from __future__ import annotations

from pydantic import Field

from services.kernel.events import Event


class InspectionOrdered(Event):
    """An order was opened for a lot."""

    unasked = True

    lot_id: str
    port: str
    lane: str
    method: str
    perishable: bool


class InspectionUnstaffed(Event):
    """Nobody could be drawn; the order waits. Said once per reason, not per attempt.

    ``others`` of the port could not be drawn, each with the reason.
    """

    unasked = True

    reason: str
    eligible: int
    others: dict[str, str] = Field(default_factory=dict)


class InspectionStaffed(Event):
    """Two officers, and a bay for goods, were drawn, or whoever was missing beside who stays.

    ``eligible`` could be drawn; ``others`` of the port could not, each with the reason. ``bays``
    were the least occupied, among which the bay was drawn.
    """

    unasked = True

    officers: tuple[str, ...]
    bay: str | None
    seed_id: str
    attempt: int
    staying: tuple[str, ...] = ()
    eligible: tuple[str, ...] = ()
    others: dict[str, str] = Field(default_factory=dict)
    bays: tuple[str, ...] = ()


class FindingsRecorded(Event):
    """A drawn officer reported; the other one must sign."""

    round: int
    author: str
    method: str
    results: tuple[str, ...]
    disposal: str
    found_kg: str | None = None


class FindingsSentBack(Event):
    """The second officer disagreed."""

    round: int
    signer: str


class InspectionConcluded(Event):
    """Both officers signed; this is the disposal of the goods."""

    ends = True

    lot_id: str
    round: int
    author: str
    signer: str
    results: tuple[str, ...]
    disposal: str
    lot_move: str
    rules: tuple[str, ...] = ("INS-DISPOSAL", "INS-SECOND")


class WithdrawalLetGo(Event):
    """A drawn officer lets the lot be withdrawn; the other one's word is still needed."""

    officer: str


class InspectionWithdrawn(Event):
    """The lot is withdrawn: by two officers' word, or before anybody had selected it."""

    ends = True
    unasked = True

    lot_id: str
    officers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
