"""Whether each word of a bank's that counts is one of which the log says so.

Of a repetition, of a word ahead of its day and of one that names no payment no event tells, for
nothing came of them; what counts as carried out has an event on its payment, by its place in its
report.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements
from services.settlement.domain.states import Disposition

_OF_EVENTS: Final = ("BankStatusCarriedOut", "PaymentSettled", "PaymentRejected")
# As settlement asks it: by the payment's message, whatever payment the row itself names.
_COUNTING: Final = text(f"""
    SELECT m.instruction_id, s.report_id, s.line_no
    FROM v_bank_messages AS m JOIN v_bank_statuses AS s ON s.message_id = m.message_id
    WHERE m.instruction_id = ANY(CAST(:case_ids AS uuid[]))
        AND s.disposition = '{Disposition.RECORDED}'
""")


async def words_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Payments of which a word counts that no event tells of, added to what is found."""
    payments = {case_id: events for case_id, (kind, events) in chains.items() if kind == "stl"}
    if not payments:
        return
    there: dict[UUID, set[tuple[str, int]]] = defaultdict(set)
    for row in await tx.execute(_COUNTING, {"case_ids": list(payments)}):
        there[row.instruction_id].add((row.report_id.hex, row.line_no))
    for case_id, words in there.items():
        if words - _told(payments[case_id], words):
            found[case_id].append("bank_statuses has a row of which the log says nothing")


def _told(events: Sequence[Row], words: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of which words events tell; of a version that did not say the line, any of its report."""
    bodies = [json.loads(event.body) for event in events if event.type in _OF_EVENTS]
    told = {(body.get("report_id"), body.get("line_no")) for body in bodies}
    return {word for word in words if word in told or (word[0], None) in told}
