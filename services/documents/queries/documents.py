"""Reads of documents: what lies with a case, as far as the viewer may see the case and the kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.documents.domain.kinds import DocumentKind, kinds_added_by, kinds_read_by
from services.kernel.identifiers import case_uuid
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import VISIBLE, Viewer

# Of customs nobody acts on a case but who was drawn for it; of others its parties do, and not
# whoever may read it because of a share, or as an auditor.
_CASE = text(
    f"""
    SELECT c.case_id, c.kind, c.ended_at,
        CASE WHEN :is_officer THEN EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.order_id = c.case_id AND :officer = ANY(o.officers)
        ) ELSE c.readers && CAST(:readers AS text[]) END AS acts
    FROM cases AS c WHERE c.case_id = :case_id AND c.kind = :kind AND {VISIBLE}
    """
)
_SHOWN: Final = """
    d.document_id, d.case_id, d.case_kind, d.kind, d.digest, d.added_by, d.added_party, d.added_at,
    d.withdrawn_at, d.withdrawn_for, f.media_type, f.size
"""
_SEEN: Final = f"""
    FROM documents AS d
    INNER JOIN document_files AS f ON f.digest = d.digest
    INNER JOIN cases AS c ON c.case_id = d.case_id
    WHERE d.kind = ANY(CAST(:read AS text[])) AND {VISIBLE}
"""
_LIST = Filtered(
    f"""
    SELECT {_SHOWN} {_SEEN}
        AND d.case_id = :case_id AND ASKED(d.document_id > :after)
    ORDER BY d.document_id LIMIT :rows
    """
)
_ONE = text(f"SELECT {_SHOWN} {_SEEN} AND d.document_id = :document_id")


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case as the viewer may see it, and what he may add to it."""

    case_id: UUID
    kind: str
    has_ended: bool
    may_add: Sequence[DocumentKind]
    """None where he only reads it."""


async def case_seen(tx: Statements, viewer: Viewer, case_id: str) -> CaseSeen | None:
    """The case, None when there is none that the viewer may see. Raises Refused NOT_FOUND."""
    actor, kind = viewer.actor, case_id[:3]
    values = {
        "case_id": case_uuid(case_id),
        "kind": kind,
        "is_officer": actor.party_kind == "officer",
        "officer": actor.party_code,
    }
    found = (await tx.execute(_CASE, {**values, **viewer.values()})).one_or_none()
    if found is None:
        return None
    may_add = kinds_added_by(actor.role, kind) if found.acts else []
    return CaseSeen(found.case_id, kind, found.ended_at is not None, may_add)


async def document_list(
    tx: Statements, viewer: Viewer, case_id: UUID, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """What lies with a case and is the viewer's to read, in the order in which it was added."""
    values = {"case_id": case_id, "after": after, "rows": rows, **_read_by(viewer)}
    return (await tx.execute(_LIST, values)).all()


async def document_get(tx: Statements, viewer: Viewer, document_id: UUID) -> Row | None:
    """One document, withdrawn ones too; None when there is none that the viewer may read."""
    found = await tx.execute(_ONE, {"document_id": document_id, **_read_by(viewer)})
    return found.one_or_none()


def _read_by(viewer: Viewer) -> dict[str, object]:
    return {"read": kinds_read_by(viewer.actor.party_kind), **viewer.values()}
