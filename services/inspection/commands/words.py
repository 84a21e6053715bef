"""What people write with their decisions. It is kept here; the case's history carries no free text.

A decision travels to its case in an Update, and Temporal keeps what travels for as long as it keeps
the case. So the API writes the words down first, under the receipt of the request, and sends only
their names; the step that carries the decision out puts them back. The receipt's keyed fingerprint
covers the whole request, so the history still proves that nobody changed the words afterwards.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import text

from services.kernel.messages import Decision, Receipt
from services.platform.database import Tx

FREE: Final = ("remark", "grounds", "opinion", "items")
"""Fields that hold free text; the items of findings name goods."""
SAID: Final = "said"
"""Which of them were kept. A message without it comes from before words were kept apart."""

_KEEP = text(
    "INSERT INTO decision_words (subject, key, fingerprint, case_id, words)"
    " VALUES (:subject, :key, :fingerprint, :case_id, CAST(:words AS jsonb))"
    " ON CONFLICT DO NOTHING"
)
_KEPT = text(
    "SELECT words FROM decision_words"
    " WHERE subject = :subject AND key = :key AND fingerprint = :fingerprint"
)


async def words_keep(tx: Tx, case: str, receipt: Receipt, body: dict[str, Any]) -> dict[str, Any]:
    """Keep the words of a request's body; the body as it may travel."""
    words = {name: body[name] for name in FREE if body.get(name)}
    if words:
        values = {"case_id": case, "words": json.dumps(words, ensure_ascii=False)}
        await tx.execute(_KEEP, {**receipt.model_dump(), **values})
    rest = {name: value for name, value in body.items() if name not in words}
    return {**rest, SAID: sorted(words)}


async def decision_whole(tx: Tx, decision: Decision) -> dict[str, Any]:
    """The body of a decision as it was sent, words included."""
    body = {name: value for name, value in decision.body.items() if name != SAID}
    if decision.body.get(SAID):
        body |= (await tx.execute(_KEPT, decision.receipt.model_dump())).scalar_one()
    return body


def travels_light(decision: Decision) -> bool:
    """Whether the decision's words were kept apart, so that its outcome leaves them out too."""
    return SAID in decision.body
