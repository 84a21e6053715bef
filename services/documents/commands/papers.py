"""A paper is issued: what the record says now, set, signed, numbered, and kept.

The same paper asked again for the same facts is the one that there is: it is signed once. Two who
ask at the same moment may each have one set; the table's own uniqueness says which it is, and the
other's file is cleared like any that nothing names.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.documents.commands.files import KeptFile
from services.documents.domain import refusals
from services.documents.domain.papers import PaperKind, digest_of, may_have
from services.documents.queries import papers as queries
from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.visibility import Viewer, resident_of

_NUMBER_BYTES: Final = 16
_ISSUE = text("""
    INSERT INTO papers (paper_no, kind, case_id, case_kind, port, language, resident_id,
        facts_digest, digest, issued_at, issued_by)
    VALUES (:paper_no, :kind, :case_id, :case_kind, :port, :language, :resident_id,
        :facts_digest, :digest, :issued_at, :issued_by)
    ON CONFLICT (case_id, kind, language, resident_id, facts_digest) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a paper is to say, and of which case for whom."""

    kind: PaperKind
    language: str
    case_id: UUID
    case_kind: str
    port: str | None
    resident_id: UUID | None
    facts: Mapping[str, Any]

    async def issued(self, tx: Statements) -> Row | None:
        """The paper that says this, if it is issued already."""
        return await queries.paper_same(
            tx,
            self.kind,
            self.case_id,
            language=self.language,
            resident_id=self.resident_id,
            facts_digest=digest_of(self.kind, self.facts),
        )


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper that lies in the store, and is nobody's before it is issued."""

    number: str
    file: KeptFile


def new_number() -> str:
    """A number that nobody guesses: 128 random bits."""
    return secrets.token_hex(_NUMBER_BYTES)


async def paper_draft(
    tx: Statements, viewer: Viewer, *, kind: PaperKind, about: str, language: str
) -> Draft:
    """What a paper would say of a case as it stands, for who asks.

    Raises Refused NOT_FOUND of a case that he may not see or a paper that he may not have, and
    PAPER_NOT_DUE where the case has none as it stands.
    """
    prefix = about[:3]
    if not may_have(kind, about=prefix, role=viewer.actor.role):
        raise Refused(NOT_FOUND.at())
    case_id = uuid_of(about, prefix)
    case = await queries.case_seen(tx, case_id, prefix, viewer)
    if case is None:
        raise Refused(NOT_FOUND.at())
    resident_id = resident_of(viewer.actor)
    facts = await queries.paper_facts(tx, kind, case_id, resident_id=resident_id)
    if facts is None:
        raise Refused(refusals.PAPER_NOT_DUE.at("/kind"))
    return Draft(kind, language, case_id, prefix, case.port, resident_id, facts)


async def paper_issue(act: Act, draft: Draft, printed: Printed | None) -> Row:
    """The paper, issued as it was printed, or the one that is issued already: long since, and
    nothing was ``printed``, or by somebody who was quicker."""
    if printed is not None:
        await _issue(act, draft, printed)
    issued = await draft.issued(act)
    if issued is None:
        raise AssertionError("what was issued is there")
    return issued


async def _issue(act: Act, draft: Draft, printed: Printed) -> None:
    await act.execute(
        _ISSUE,
        paper_no=UUID(hex=printed.number),
        kind=draft.kind,
        case_id=draft.case_id,
        case_kind=draft.case_kind,
        port=draft.port,
        language=draft.language,
        resident_id=draft.resident_id,
        facts_digest=digest_of(draft.kind, draft.facts),
        digest=printed.file.digest,
        issued_at=act.at,
        issued_by=act.actor.subject,
    )
