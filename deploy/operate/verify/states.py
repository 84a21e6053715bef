"""Whether a case stands where its own events have brought it.

Its header and its owner's row say the same; whoever changes both by hand changes no event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.kernel.case_kinds import KindOfCase
from services.platform.database import Row

BECOMES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "lot": {
        "LotSubmitted": ("SUBMITTED",),
        "LotAmended": ("SUBMITTED",),
        "ShareRefused": ("CANCELLED",),
        "SharesLapsed": ("CANCELLED",),
        "LotCancelled": ("CANCELLED",),
        "IdentityConfirmed": ("IDENTITY_OK",),
        "LotSentToInspection": ("IN_INSPECTION",),
        "LotReleased": ("RELEASED",),
        "GatePassed": ("GATE_OUT",),
        "LotSold": ("SOLD",),
        "LotSettled": ("SETTLED",),
    },
    "ins": {
        "InspectionOrdered": ("UNSTAFFED",),
        "InspectionUnstaffed": ("UNSTAFFED",),
        # Where somebody has reported, and he is there still, the other one's word is waited for.
        "InspectionStaffed": ("ASSIGNED", "AWAITING_SIGNATURE"),
        "FindingsRecorded": ("AWAITING_SIGNATURE",),
        "FindingsSentBack": ("SENT_BACK",),
        "InspectionConcluded": ("CONCLUDED",),
        "InspectionWithdrawn": ("WITHDRAWN",),
    },
    "aeo": {
        "AccreditationApplied": ("APPLIED",),
        "AccreditationAccepted": ("ACCEPTED",),
        "AccreditationDeclined": ("DECLINED",),
        "AccreditationWithdrawn": ("WITHDRAWN",),
        "SelfAssessmentFiled": ("SELF_ASSESSED",),
        "OnSiteReported": ("SCORED",),
        "OnSiteConcurred": ("REPORTED",),
        "OnSiteSentBack": ("ON_SITE",),
        "EnterpriseCertified": ("CERTIFIED",),
        "CertificateReinstated": ("CERTIFIED",),
        "AccreditationFailed": ("FAILED",),
        "CertificateRevoked": ("DOWNGRADED",),
        "ReexaminationFellDue": ("UNDER_REVIEW",),
    },
    "stl": {
        "SettlementInstructed": ("OFFERED",),
        "SettlementHeld": ("HELD",),
        "SettlementHeldAnew": ("HELD",),
        "SettlementCleared": ("OFFERED",),
        "SettlementRefused": ("REFUSED",),
        "SettlementCancelled": ("CANCELLED",),
        "BankStatusCarriedOut": ("IN_PROGRESS",),
        "PaymentSettled": ("SETTLED",),
        "PaymentRejected": ("REJECTED",),
    },
    "ord": {
        # Whether it is filled what was bought under it says.
        "OrderCreated": ("OPEN", "FILLED"),
        "OrderCancelled": ("CANCELLED",),
    },
    "bok": {
        "BookOpened": ("OPEN",),
        # One that adds up is closed by the same act.
        "StockCounted": ("ALERTED",),
        "BookReopened": ("OPEN",),
        "BookClosed": ("CLOSED",),
    },
}
"""By kind of case and event where the case stands from then on."""
MOVES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "aeo": {"ExaminersDrawn": ("draw", "redraw"), "CertificateSuspended": ("suspend",)},
}
"""Of an event after which a case stands here or there: by which act of its state table it moved."""
SAID: Final = ("LotNotReleased", "LotClosed")
"""Events that say themselves where the case stands, in a field of that name."""
CONFIRMED: Final = ("LotSubmitted", "IDENTITY_OK")
"""Where a lot stands that whoever declares it confirms by declaring it."""


def stands_at(kind: KindOfCase, events: Sequence[Row]) -> frozenset[str]:
    """Where a case may stand by its events; nothing where a version before does not say."""
    found: frozenset[str] = frozenset()
    for event in events:
        found = _then(kind, event, found)
    return found


def _then(kind: KindOfCase, event: Row, stood: frozenset[str]) -> frozenset[str]:
    """Where it stands after an event."""
    becomes, moves = BECOMES.get(kind.prefix, {}), MOVES.get(kind.prefix, {})
    if event.type in SAID:
        return frozenset({str(json.loads(event.body).get("state"))})
    if event.type == CONFIRMED[0] and json.loads(event.body).get("identity_confirmed"):
        return frozenset({CONFIRMED[1]})
    if event.type in becomes:
        return frozenset(becomes[event.type])
    table: Mapping[Any, Any] = kind.states.moves
    acts = moves.get(event.type, ())
    moved = {str(table[state, a]) for state in stood for a in acts if (state, a) in table}
    return frozenset(moved) if acts else stood
