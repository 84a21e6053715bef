"""The documents' manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from services.documents.domain.papers import READERS
from services.platform.files import KEY, Files
from services.platform.house import House, common
from services.platform.manifest import Folder, Manifest, Scale, granted
from services.platform.settings import PAPER_PASSWORD, Settings

if TYPE_CHECKING:
    from services.documents.api.services import DocumentsServices

_READING: Final = ("resident", "clerk", "gate", "officer", "enterprise", "auditor")
_ADDING: Final = ("resident", "clerk", "officer", "enterprise")


def _furnished(house: House, name: str) -> DocumentsServices:
    from services.documents.api.services import DocumentsServices, Limits
    from services.documents.commands.press import press_of

    settings = house.settings
    limits = Limits(
        size=settings.documents_size_max,
        pixels=settings.documents_pixels_max,
        of_a_case=settings.documents_per_case_max,
    )
    return DocumentsServices(
        **vars(common(house, name)),
        files=Files.of(settings),
        limits=limits,
        kinds=house.kinds,
        press=press_of(settings),
    )


async def _unnamed_files(house: House) -> None:
    from services.documents.worker import unnamed_files_cleared

    await unnamed_files_cleared(house)


def _examined(settings: Settings) -> Sequence[str]:
    from services.documents.commands.press import press_of

    sealing = Files.of(settings).key_id
    kept = f"Documents are kept in {settings.documents_store}; key {sealing} seals them."
    seal = press_of(settings).seal
    if seal is None:
        return kept, "No certificate for papers is there (PAPER_CERTIFICATES); none is issued."
    return kept, f"Papers are signed as {seal.name}, until {seal.ends_at:%Y-%m-%d}."


MANIFEST: Final = Manifest(
    name="documents",
    title="Tradewindow: documents",
    description="Papers and photos that lie with a case (随附单证): handed in, read, withdrawn.",
    summary="Papers and photos that lie with cases; files by digest, sealed.",
    keys=("receipt_key", KEY, PAPER_PASSWORD),
    scopes=(
        granted("documents:document:add", *_ADDING),
        granted("documents:document:read", *_READING),
        granted("documents:document:withdraw", *_ADDING),
        granted("documents:paper:issue", *READERS),
        granted("documents:paper:read", *READERS),
        granted("documents:pass:read", "gate"),
    ),
    furnish=_furnished,
    beside={"unnamed_files": _unnamed_files},
    store=Folder("documents", setting="DOCUMENTS", path="/srv/documents"),
    folder=Folder("papers", setting="PAPER_CERTIFICATES", path="/srv/papers"),
    examined=_examined,
    # A picture that is looked at takes as much memory as it has pixels.
    scale=Scale(memory_most="1Gi"),
)
