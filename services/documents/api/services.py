"""What the documents' API has at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path

from services.documents.commands.press import Press
from services.kernel.case_kinds import KindOfCase
from services.kernel.identifiers import CASES
from services.platform.files import Files
from services.platform.http import Call
from services.platform.services import Services
from services.platform.visibility import Viewer

CaseId = Annotated[
    str, Path(max_length=40, description=", ".join(f"{prefix}_…" for prefix in CASES))
]
DocumentId = Annotated[str, Path(max_length=40, description="doc_…")]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken, as the operator set it."""

    size: int
    """Bytes of one file."""
    pixels: int
    """Of one picture."""
    of_a_case: int
    """Documents with one case."""


@dataclass(kw_only=True)
class DocumentsServices(Services):
    """And the store, its limits, every kind of case, and the press of papers."""

    files: Files
    limits: Limits
    kinds: Mapping[str, KindOfCase]
    press: Press
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """A picture that is looked at takes as much memory as it has pixels: few are at once."""


DocumentsCall = Call[DocumentsServices]


def viewer_of(call: DocumentsCall) -> Viewer:
    """The caller, with what his scopes let him read."""
    return Viewer.of(call.caller, call.services.kinds)
