"""Asking what would be refused, without declaring anything."""

from __future__ import annotations

from collections.abc import Sequence

from services.declaration import queries
from services.declaration.commands.submission import judged, quota_limits
from services.declaration.domain.model import Submission
from services.declaration.domain.submitted import Sent, facts_after
from services.kernel.refusal import Refusal, Refused
from services.platform.act import Act


async def lots_check(act: Act, lots: Sequence[Sent]) -> list[tuple[Refusal, ...]]:
    """Every reason against each lot, if they were declared now and in this order.

    Judged as a declaration judges them, each on what is on file and on what those before it, which
    would be accepted, would take. Nothing is written,
    locked or reserved: what others declare meanwhile is theirs.
    """
    before: list[Submission] = []
    found: list[tuple[Refusal, ...]] = []
    for sent in lots:
        try:
            lot = await _accepted(act, sent.lot, before)
            before += [lot] if sent.whole else []
            found.append(())
        except Refused as refused:
            found.append(tuple(refused.refusals))
    return found


async def _accepted(act: Act, lot: Submission, before: Sequence[Submission]) -> Submission:
    """The lot as it would be filed. Raises Refused with every reason found."""
    facts, act.policy_version = await queries.submission_facts(act, lot)
    law = await act.law()
    limits = quota_limits(law, lot)
    return judged(act, lot, facts_after(facts, lot, before), limits, law)
