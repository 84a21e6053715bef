"""Requests and answers of the inspection API, and which refusals are not about a state."""

from services.platform import problem

problem.STATUS.update(
    dict.fromkeys(
        (
            "DISPOSAL_NOT_ALLOWED",
            "FINDINGS_INCONSISTENT",
            "LEVEL_UNKNOWN",
            "MARKS_INCOMPLETE",
            "RESULTS_INCONSISTENT",
            "RULE_INVALID",
            "RULE_TOO_COSTLY",
            "TRADE_UNKNOWN",
            "WEIGHT_REQUIRED",
        ),
        422,
    )
)
