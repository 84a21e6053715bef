"""States of an accreditation."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import CUSTOMS_INSIDE, DONE, Held, Outside, StateTable, Wait


class AeoState(StrEnum):
    """Where an accreditation (AEO认证) stands."""

    APPLIED = "APPLIED"
    ACCEPTED = "ACCEPTED"
    """The 90-day clock runs."""
    SELF_ASSESSED = "SELF_ASSESSED"
    """Waits for two officers to be drawn; stays here visibly when there are too few."""
    ON_SITE = "ON_SITE"
    SCORED = "SCORED"
    """One examiner has scored and given an opinion; the other must agree."""
    REPORTED = "REPORTED"
    """Scored by both examiners; waits for a decision by two officers."""
    CERTIFIED = "CERTIFIED"
    SUSPENDED = "SUSPENDED"
    UNDER_REVIEW = "UNDER_REVIEW"
    """Re-examination is due; the certificate stays until then, unless it is suspended."""
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    FAILED = "FAILED"
    DOWNGRADED = "DOWNGRADED"


_A = AeoState
_EXAMINERS: Final = Held("customs", (Wait("EXAMINERS", "Two officers must be drawn.", "port"),))
AEO: Final = StateTable[AeoState](
    "accreditation",
    moves={
        (_A.APPLIED, "accept"): _A.ACCEPTED,
        (_A.APPLIED, "decline"): _A.DECLINED,
        (_A.APPLIED, "withdraw"): _A.WITHDRAWN,
        (_A.ACCEPTED, "extend"): _A.ACCEPTED,
        (_A.SELF_ASSESSED, "extend"): _A.SELF_ASSESSED,
        (_A.ON_SITE, "extend"): _A.ON_SITE,
        (_A.SCORED, "extend"): _A.SCORED,
        (_A.REPORTED, "extend"): _A.REPORTED,
        (_A.ACCEPTED, "self_assess"): _A.SELF_ASSESSED,
        # Whoever applied may give up until it is decided, and waits a year as if he had failed.
        (_A.ACCEPTED, "withdraw"): _A.WITHDRAWN,
        (_A.SELF_ASSESSED, "withdraw"): _A.WITHDRAWN,
        (_A.ON_SITE, "withdraw"): _A.WITHDRAWN,
        (_A.SCORED, "withdraw"): _A.WITHDRAWN,
        (_A.REPORTED, "withdraw"): _A.WITHDRAWN,
        (_A.SELF_ASSESSED, "draw"): _A.ON_SITE,
        (_A.UNDER_REVIEW, "draw"): _A.ON_SITE,
        (_A.ON_SITE, "redraw"): _A.ON_SITE,
        (_A.ON_SITE, "report"): _A.SCORED,
        (_A.SCORED, "redraw"): _A.SCORED,
        (_A.SCORED, "concur"): _A.REPORTED,
        (_A.SCORED, "send_back"): _A.ON_SITE,
        (_A.REPORTED, "certify"): _A.CERTIFIED,
        (_A.REPORTED, "fail"): _A.FAILED,
        (_A.REPORTED, "fail_review"): _A.DOWNGRADED,
        (_A.CERTIFIED, "suspend"): _A.SUSPENDED,
        (_A.CERTIFIED, "downgrade"): _A.DOWNGRADED,
        (_A.CERTIFIED, "fall_due"): _A.UNDER_REVIEW,
        (_A.SUSPENDED, "reinstate"): _A.CERTIFIED,
        (_A.SUSPENDED, "downgrade"): _A.DOWNGRADED,
        (_A.SUSPENDED, "fall_due"): _A.UNDER_REVIEW,
        # A re-examination keeps nobody from what the certificate's holder did meanwhile.
        (_A.UNDER_REVIEW, "suspend"): _A.UNDER_REVIEW,
        (_A.ON_SITE, "suspend"): _A.ON_SITE,
        (_A.SCORED, "suspend"): _A.SCORED,
        (_A.REPORTED, "suspend"): _A.REPORTED,
        (_A.UNDER_REVIEW, "downgrade"): _A.DOWNGRADED,
        (_A.ON_SITE, "downgrade"): _A.DOWNGRADED,
        (_A.SCORED, "downgrade"): _A.DOWNGRADED,
        (_A.REPORTED, "downgrade"): _A.DOWNGRADED,
    },
    held={
        _A.APPLIED: Held(
            "customs", (Wait("ACCEPTANCE", "Customs must accept the application.", "port"),)
        ),
        _A.ACCEPTED: Held(
            "enterprise",
            (Wait("SELF_ASSESSMENT", "The self-assessment is to be filed.", "enterprise"),),
        ),
        _A.SELF_ASSESSED: _EXAMINERS,
        _A.ON_SITE: Held(
            "customs", (Wait("ON_SITE_REPORT", "The on-site inspection must be scored.", "drawn"),)
        ),
        _A.SCORED: Held(
            "customs",
            (Wait("CONCURRENCE", "The other examiner must agree to the score.", "other"),),
        ),
        _A.REPORTED: Held("customs", (Wait("DECISION", "Two officers must decide.", "port"),)),
        _A.CERTIFIED: DONE,
        _A.SUSPENDED: Held(
            "customs",
            (Wait("DECISION", "The suspension must be lifted or decided.", "port"),),
        ),
        _A.UNDER_REVIEW: _EXAMINERS,
        _A.DECLINED: DONE,
        _A.WITHDRAWN: DONE,
        _A.FAILED: DONE,
        _A.DOWNGRADED: DONE,
    },
    aside=(
        Wait(
            "SIGNATURE",
            "A second officer must sign the proposed decision.",
            "port",
            told_to=CUSTOMS_INSIDE,
        ),
    ),
    outside=Outside(CUSTOMS_INSIDE, {_A.SCORED: _A.ON_SITE}),
)
CLOCK_RUNS: Final = (_A.ACCEPTED, _A.SELF_ASSESSED, _A.ON_SITE, _A.SCORED, _A.REPORTED)
"""States of a first examination in which the decision clock runs."""

CASES: Final = (
    KindOfCase("aeo", "accreditation", AEO, "accreditation:level:read", "v_accreditations.aeo_id"),
)
