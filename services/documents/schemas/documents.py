"""What callers send to and get from documents."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from services.documents.domain.kinds import DocumentKind
from services.kernel.fields import Grounds, Moment, Request
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.platform.database import Row


class WithdrawalRequest(Request):
    """Why a document is taken back; whoever may read it reads this too."""

    grounds: Grounds


class DocumentShown(BaseModel):
    """A document that lies with a case. ``digest`` is the SHA-256 of what is fetched: whoever has
    fetched it can compare it with what the log of the case says."""

    document_id: str
    case_id: str
    kind: DocumentKind
    media_type: str
    size: Annotated[int, Field(description="bytes")]
    digest: str
    is_picture: bool
    party: Annotated[str, Field(description="for whom it was added")]
    yours: Annotated[bool, Field(description="whether it was you, who alone may withdraw it")]
    added_at: Moment
    withdrawn_at: Moment | None
    withdrawn_for: str | None

    @classmethod
    def of(cls, row: Row, reader: Actor) -> DocumentShown:
        """A document as it stands on record, for one who may read it."""
        return cls(
            document_id=show("doc", row.document_id),
            case_id=show(row.case_kind, row.case_id),
            kind=row.kind,
            media_type=row.media_type,
            size=row.size,
            digest=row.digest.hex(),
            is_picture=row.media_type.startswith("image/"),
            party=row.added_party,
            yours=(row.added_by, row.added_party) == (reader.subject, reader.party),
            added_at=row.added_at,
            withdrawn_at=row.withdrawn_at,
            withdrawn_for=row.withdrawn_for,
        )


class CaseDocuments(BaseModel):
    """What lies with a case, as far as it is yours to read, and what you may add to it."""

    items: list[DocumentShown]
    next_cursor: str | None
    may_add: list[DocumentKind]
    has_ended: bool = Field(description="of the case: nothing is added or withdrawn any more")
    size_max: int = Field(description="bytes of one file, at most")
