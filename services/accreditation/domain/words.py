"""The words of accreditation's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "accreditation": {
        "APPLIED": "applied",
        "ACCEPTED": "accepted; 90-day clock runs",
        "SELF_ASSESSED": "self-assessment filed",
        "ON_SITE": "on-site inspection",
        "SCORED": "scored by one examiner",
        "REPORTED": "scored, to be decided",
        "CERTIFIED": "certified",
        "SUSPENDED": "certificate rests",
        "UNDER_REVIEW": "re-examination due",
        "DECLINED": "application not accepted",
        "WITHDRAWN": "application withdrawn",
        "FAILED": "not passed",
        "DOWNGRADED": "level lost",
        "accept": "accept",
        "decline": "decline",
        "withdraw": "withdraw",
        "extend": "extend the clock",
        "self_assess": "file the self-assessment",
        "draw": "draw examiners",
        "redraw": "draw again",
        "report": "report",
        "concur": "agree to the score",
        "send_back": "send back",
        "certify": "certify",
        "fail": "fail",
        "fail_review": "fail the re-examination",
        "suspend": "suspend",
        "downgrade": "downgrade",
        "fall_due": "re-examine",
        "reinstate": "reinstate",
    },
    "credit_level": {
        "ADVANCED": "advanced certified enterprise",
        "CERTIFIED": "certified enterprise",
        "ORDINARY": "ordinary enterprise",
        "DISHONEST": "dishonest enterprise",
        "SERIOUSLY_DISHONEST": "seriously dishonest enterprise",
    },
}
