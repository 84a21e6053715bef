"""Why a document is not taken, or not given: each code with its status and what to do."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
from services.kernel.refusal import Reason

KIND_OF_ANOTHER_CASE: Final = Reason(
    "DOCUMENT_KIND_UNKNOWN",
    422,
    "no such document with this case",
    "No document of this kind lies with this case; with it lie: {known:document_kind}.",
)
NOT_YOURS_TO_ADD: Final = refusals.FORBIDDEN.also(
    "document",
    "You may read this case, but not add a document of this kind to it: who declared it, applied"
    " for it or was drawn for it does.",
)
NOT_YOURS_TO_WITHDRAW: Final = refusals.FORBIDDEN.also(
    "document_of_another", "A document is withdrawn by the person who added it."
)
CASE_ENDED: Final = refusals.STATE_CONFLICT.also(
    "documents", "This case has ended: the documents that lie with it stay as they are."
)
WITHDRAWN_ALREADY: Final = Reason(
    "DOCUMENT_WITHDRAWN",
    409,
    "document withdrawn",
    "This document has been withdrawn already; add it again if it is wanted after all.",
)
DOCUMENTS_TOO_MANY: Final = Reason(
    "DOCUMENTS_TOO_MANY",
    409,
    "too many documents",
    "With one case lie at most {most:number} documents; put several pages into one PDF.",
)
TYPE_NOT_TAKEN: Final = Reason(
    "DOCUMENT_TYPE_NOT_TAKEN",
    415,
    "kind of file not taken",
    "This file is no JPEG, PNG or WebP picture and no PDF, whatever its name says; take a photo of"
    " the paper, or save it as a PDF, and send that.",
)
DOCUMENT_TOO_LARGE: Final = refusals.TOO_LARGE.also(
    "document",
    "A document may have at most {size}; take the photo with a lower resolution, or save the paper"
    " smaller.",
)
DAMAGED: Final = Reason(
    "DOCUMENT_DAMAGED",
    422,
    "file damaged",
    "This file is incomplete or damaged and cannot be shown; take the photo or save the paper"
    " again, and send it anew.",
)
PICTURE_TOO_LARGE: Final = Reason(
    "PICTURE_TOO_LARGE",
    413,
    "picture too large",
    "This picture has {pixels:number} pixels, and at most {most:number} are taken; take it with a"
    " lower resolution.",
)
NO_PICTURE: Final = Reason(
    "NO_PICTURE",
    409,
    "no picture",
    "A small picture is made of photos only; fetch the document itself.",
)
LOST: Final = Reason(
    "DOCUMENT_LOST",
    503,
    "document lost",
    "The content of this document is gone, or is not what was kept; the operator brings it back"
    " from a copy. What the record says of it stands.",
)
STORE_AWAY: Final = refusals.UNAVAILABLE.also(
    "documents", "Documents cannot be reached at the moment; try again in a minute."
)
PAPER_NOT_DUE: Final = Reason(
    "PAPER_NOT_DUE",
    409,
    "no such paper now",
    "This case has no such paper as it stands now; read it to see where it stands.",
)
PAPERS_NOT_SIGNED: Final = Reason(
    "PAPERS_NOT_SIGNED",
    503,
    "papers are not signed here",
    "No paper can be signed here yet: the operator has to give the window its certificate. The"
    " record counts without one.",
)
