"""What the log of a case says of the documents that lie with it."""

from __future__ import annotations

from services.kernel.events import Event


class DocumentAdded(Event):
    """A paper or a photo was laid with the case; its digest (SHA-256) is that of its content."""

    document_id: str
    kind: str
    digest: str
    media_type: str
    size: int


class FindingsPhotographed(Event):
    """A photo of what was found was laid with the inspection order."""

    document_id: str
    kind: str
    digest: str
    media_type: str
    size: int


class FindingsPhotoWithdrawn(Event):
    """The officer who added a photo of what was found took it back."""

    document_id: str


class DocumentWithdrawn(Event):
    """Whoever added a document took it back; it still lies there, and who reads it sees that."""

    document_id: str
