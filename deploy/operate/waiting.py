"""What waits for persons of an office, and how long it may before its head is told.

Nothing lists it by hand. What a case waits for stands in its kind's table of states, which the
manifests name, and what waits for a second person where the work list reads it: a new one has an
age and an alert with that, as every other has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import text

from services.manifests import case_kinds
from services.platform.database import Statements
from services.window.queries.to_second import CODES, OLDEST

OF_TRADE: Final = frozenset({"members", "side", "factory", "enterprise", "gate"})
"""Desks at which no office is waited for, but whoever trades, or a truck at the gate."""
TOLD_AS: Final[Mapping[str, str]] = {
    "inspection_order_officers": "unstaffed",
    "inspection_order_findings": "inspection",
    "inspection_order_countersignature": "inspection",
    "settlement_compliance": "compliance",
    "settlement_bank_answer": "bank",
    "settlement_bank_dispute": "dispute",
    "settlement_held_dispute": "dispute",
    "settlement_goods_gone": "dispute",
    "e_book_alert": "alert",
    "name_finding": "name_report",
    "name_decision": "name_report",
}
"""What is measured under another name, by the record of its own owner."""

HOUR_S: Final = 3_600.0
DAY_S: Final = 24 * HOUR_S
PEOPLE_S: Final = 4 * HOUR_S
PATIENCE_S: Final[Mapping[str, float]] = {
    "outbox": 120.0,
    "screening": 120.0,
    "unstaffed": 900.0,
    "deserted": 0.0,
    "bank": 1_800.0,
    "dispute": PEOPLE_S,
    "overdue_name_report": 0.0,
    "overdue_purchase": 0.0,
    "overdue_accreditation": 0.0,
    "accreditation_acceptance": 7 * DAY_S,
    "accreditation_examiners": DAY_S,
    "accreditation_on_site_report": 14 * DAY_S,
    "accreditation_concurrence": 7 * DAY_S,
    "accreditation_decision": 7 * DAY_S,
    "accreditation_signature": DAY_S,
    "rule_approval": DAY_S,
    "rule_retirement": DAY_S,
    "policy_approval": DAY_S,
    "policy_revocation": DAY_S,
    "change_decision": DAY_S,
    "list_decision": DAY_S,
    "key_decision": DAY_S,
    "level_signature": DAY_S,
    "entry_ending": DAY_S,
}
"""How old the oldest of a kind may be before it is told; ``PEOPLE_S`` where nothing is said. No law
gives these but what is overdue: they are a watch's, and are changed here."""

_WAITS: Final = text(
    """
    SELECT k.kind, k.code, (
        SELECT min(w.since) FROM case_waits AS w
        WHERE w.kind = k.kind AND w.code = k.code AND w.kind <> 'lot'
    ) AS since
    FROM unnest(CAST(:kinds AS text[]), CAST(:codes AS text[])) AS k (kind, code)
    """
)


def _of_offices() -> Iterator[tuple[str, str, str]]:
    """Kind of case, code and name of all that a case waits for at an office and that is measured
    here."""
    for prefix, kind in case_kinds().items():
        for wait in kind.states.every_wait():
            name = f"{kind.name}_{wait.code.lower()}"
            if wait.desk is not None and wait.desk not in OF_TRADE and name not in TOLD_AS:
                yield prefix, str(wait.code), name


_CASES: Final = {(prefix, code): name for prefix, code, name in _of_offices()}
_SECONDS: Final = {
    code: name
    for codes in CODES.values()
    for code in codes
    if (name := code.lower()) not in TOLD_AS
}
KINDS: Final = (*_CASES.values(), *_SECONDS.values())
"""What cases wait for at an office, and what waits for the second of two persons."""


async def oldest(tx: Statements) -> dict[str, float]:
    """Since when the oldest of each kind waits, in seconds since 1970; none where nothing does."""
    asked = {"kinds": [kind for kind, _ in _CASES], "codes": [code for _, code in _CASES]}
    found = {_CASES[row.kind, row.code]: row.since for row in await tx.execute(_WAITS, asked)}
    found |= {
        _SECONDS[row.code]: row.since
        for row in await tx.execute(OLDEST, {})
        if row.code in _SECONDS
    }
    return {kind: since.timestamp() for kind, since in found.items() if since is not None}


def patience(kind: str) -> float:
    """How many seconds the oldest of a kind may wait before it is told."""
    return PATIENCE_S.get(kind, PEOPLE_S)


def waited_too_long(ages: Mapping[str, float]) -> Iterator[str]:
    """What has waited for persons longer than it may, a sentence each; one if nothing has."""
    late = {kind: age for kind, age in ages.items() if age > patience(kind)}
    for kind, age_s in sorted(late.items(), key=lambda one: -one[1]):
        allowed = f", longer than {_shown(patience(kind))}" if patience(kind) else ""
        yield f"The oldest {kind} has waited for {_shown(age_s)}{allowed}: somebody must act."
    if not late:
        yield "Nothing waits longer than it may, neither for machines nor for people."


def _shown(seconds: float) -> str:
    if seconds >= 2 * DAY_S:
        return f"{seconds / DAY_S:.0f} days"
    if seconds >= HOUR_S:
        return f"{seconds / HOUR_S:.0f} h"
    return f"{seconds:.0f} s"
