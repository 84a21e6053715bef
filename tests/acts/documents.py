"""Acts on what lies with a case."""

from __future__ import annotations

from typing import Any, Final

from tests.acts.asked import Asked, Builder
from tests.services.documents.pictures import PDF, jpeg
from tests.support.asleep import Asleep


async def document_added(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.accepted(group, values=["10.00"])
    path = f"/documents/v1/cases/{lot_id}/documents/INVOICE"
    return Asked("clerk", f"group:{group.code}", path, PDF, jpeg(9, 9), ("DocumentAdded",))


async def document_withdrawn(asleep: Asleep) -> Asked:
    added = await document_added(asleep)
    document: dict[str, Any] = (await added.sent(asleep)).json()
    path = f"/documents/v1/documents/{document['document_id']}/withdrawal"
    body, other = {"grounds": "传错了"}, {"grounds": "另一份"}
    return Asked(added.role, added.party, path, body, other, ("DocumentWithdrawn",))


async def paper_issued(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.accepted(group, values=["10.00"])
    paper = {"kind": "RECEIPT", "about": lot_id, "language": "zh-CN"}
    other = {**paper, "language": "vi"}
    return Asked("clerk", f"group:{group.code}", "/documents/v1/papers", paper, other, ())


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    "POST /documents/v1/cases/{case_id}/documents/{kind}": (document_added,),
    "POST /documents/v1/documents/{document_id}/withdrawal": (document_withdrawn,),
    "POST /documents/v1/papers": (paper_issued,),
}
