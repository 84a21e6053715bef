"""The life of a report that a use of the own name was not oneself (冒用名义报告).

====================  ===================  =======================================================
state                 held by              what it means
====================  ===================  =======================================================
REPORTED              registrar's office   its bearer says so; the lot does not leave the gate
FOUND                 registrar's office   one registrar wrote what was found; another decides
UPHELD                nobody               it was not the bearer: quota back, lot to customs
DISMISSED             nobody               it was the bearer: the lot goes on
====================  ===================  =======================================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.states import DONE, Held, StateTable


class ReportState(StrEnum):
    """Where a report stands."""

    REPORTED = "REPORTED"
    FOUND = "FOUND"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


R = ReportState
OFFICE: Final = "registrar"
"""Who holds a report until it is decided: the registrar's office."""

NAME_REPORT: Final = StateTable[ReportState](
    "name_report",
    moves={
        (R.REPORTED, "find"): R.FOUND,
        (R.FOUND, "find"): R.FOUND,
        (R.FOUND, "uphold"): R.UPHELD,
        (R.FOUND, "dismiss"): R.DISMISSED,
    },
    held={
        R.REPORTED: Held(OFFICE),
        R.FOUND: Held(OFFICE),
        R.UPHELD: DONE,
        R.DISMISSED: DONE,
    },
)
"""Every legal move, and who holds a report."""
