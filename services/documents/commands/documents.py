"""Documents laid with a case and withdrawn: never changed, never taken away."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.documents import queries
from services.documents.commands.files import KeptFile
from services.documents.domain import refusals
from services.documents.domain.events import (
    DocumentAdded,
    DocumentWithdrawn,
    FindingsPhotographed,
    FindingsPhotoWithdrawn,
)
from services.documents.domain.kinds import KINDS, DocumentKind, kinds_with
from services.documents.queries import CaseSeen
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.officers import require_officer
from services.platform.visibility import Viewer

_LOCK = text("SELECT lock_case(NULL, :case_id) AS version")
_COUNT = text("SELECT count(*) FROM documents WHERE case_id = :case_id")
_LIES_THERE = text("""
    SELECT document_id FROM documents
    WHERE case_id = :case_id AND kind = :kind AND digest = :digest AND withdrawn_at IS NULL
""")
_ADD = text("""
    INSERT INTO documents (
        document_id, case_id, case_kind, kind, digest, added_by, added_party, added_at
    ) VALUES (
        :document_id, :case_id, :case_kind, :kind, :digest, :added_by, :added_party, :at
    )
""")
_WITHDRAW = text("""
    UPDATE documents SET withdrawn_at = :at, withdrawn_for = :grounds
    WHERE document_id = :document_id
""")
_NO_SUCH: Final = NOT_FOUND.at()
"""Of a case or a document that is not the caller's to see, too."""


async def may_add(tx: Statements, viewer: Viewer, case_id: str, kind: DocumentKind) -> CaseSeen:
    """The case to which somebody may add a document of a kind.

    Raises Refused NOT_FOUND, DOCUMENT_KIND_UNKNOWN, FORBIDDEN, STATE_CONFLICT.
    """
    case = await queries.case_seen(tx, viewer, case_id)
    if case is None:
        raise Refused(_NO_SUCH)
    if KINDS[kind].case != case.kind:
        known = [one.value for one in kinds_with(case.kind)]
        raise Refused(refusals.KIND_OF_ANOTHER_CASE.at("/kind", known=known))
    if kind not in case.may_add:
        raise Refused(refusals.NOT_YOURS_TO_ADD.at())
    if case.has_ended:
        raise Refused(refusals.CASE_ENDED.at())
    return case


async def document_add(
    act: Act, viewer: Viewer, case_id: str, kind: DocumentKind, file: KeptFile, *, most: int
) -> tuple[UUID, bool]:
    """Lay a file that is kept with a case; its document, and whether it is a new one.

    The same content of the same kind lies there once. Raises Refused as ``may_add`` does, and
    VERSION_MISMATCH, DOCUMENTS_TOO_MANY, OFFICER_NOT_ON_FILE.
    """
    seen = await may_add(act, viewer, case_id, kind)
    version = await _locked(act, seen.case_id)
    await _still_in_service(act)
    case = await may_add(act, viewer, case_id, kind)
    act.require_version(case_id, version)
    named = {"case_id": case.case_id, "kind": kind.value, "digest": file.digest}
    there: UUID | None = (await act.execute(_LIES_THERE, named)).scalar_one_or_none()
    if there is not None:
        return there, False
    if (await act.execute(_COUNT, case_id=case.case_id)).scalar_one() >= most:
        raise Refused(refusals.DOCUMENTS_TOO_MANY.at(most=most))
    document_id = new_uuid()
    added = {"added_by": act.actor.subject, "added_party": act.actor.party, "at": act.at}
    await act.execute(_ADD, {**named, **added}, document_id=document_id, case_kind=case.kind)
    said = FindingsPhotographed if KINDS[kind].is_finding else DocumentAdded
    event = said(
        document_id=show("doc", document_id),
        kind=kind.value,
        digest=file.digest.hex(),
        media_type=file.media_type,
        size=file.size,
    )
    act.record(case_id, event, step=f"document:{document_id.hex}")
    return document_id, True


async def document_withdraw(act: Act, viewer: Viewer, document_id: str, *, grounds: str) -> Row:
    """Whoever added a document takes it back, and says why.

    Raises Refused NOT_FOUND, FORBIDDEN, VERSION_MISMATCH, STATE_CONFLICT, DOCUMENT_WITHDRAWN.
    """
    named = uuid_of(document_id, "doc")
    document = await queries.document_get(act, viewer, named)
    if document is None:
        raise Refused(_NO_SUCH)
    case_id = show(document.case_kind, document.case_id)
    version = await _locked(act, document.case_id)
    await _still_in_service(act)
    document = await queries.document_get(act, viewer, named)
    case = await queries.case_seen(act, viewer, case_id)
    if document is None or case is None:
        raise Refused(_NO_SUCH)
    if (document.added_by, document.added_party) != (act.actor.subject, act.actor.party):
        raise Refused(refusals.NOT_YOURS_TO_WITHDRAW.at())
    act.require_version(case_id, version)
    if document.withdrawn_at is not None:
        raise Refused(refusals.WITHDRAWN_ALREADY.at())
    if case.has_ended:
        raise Refused(refusals.CASE_ENDED.at())
    await act.execute(_WITHDRAW, document_id=named, at=act.at, grounds=grounds)
    photo = KINDS[DocumentKind(document.kind)].is_finding
    event = (FindingsPhotoWithdrawn if photo else DocumentWithdrawn)(document_id=document_id)
    act.record(case_id, event, step=f"withdrawn:{named.hex}")
    found = await queries.document_get(act, viewer, named)
    if found is None:
        raise AssertionError("what was just withdrawn is there")
    return found


async def _still_in_service(act: Act) -> None:
    """Of an officer, asked at every act. Raises Refused OFFICER_NOT_ON_FILE."""
    if act.actor.party_kind == "officer":
        await require_officer(act)


async def _locked(act: Act, case_id: UUID) -> int:
    version: int = (await act.execute(_LOCK, case_id=case_id)).scalar_one()
    return version
