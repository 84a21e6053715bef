"""What a browser sends in a form: from which site, and how much of it is read."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.platform.settings import DOCUMENT_BYTES

FORM_MAX: Final = 256 * 1024
FILE_MAX: Final = DOCUMENT_BYTES
"""Bytes of a file with its form; what of it is taken, the interface says."""
_LEFT_MAX: Final = 4 * FILE_MAX
"""What is sent beyond is read away up to here, so that a browser hears why nothing came of it."""
_FIELDS_MAX: Final = 2_000


def is_own_site(request: Request) -> bool:
    """Whether a form came from our own pages, as far as the browser says."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def form_of(request: Request, room: int, *, files: int = 0) -> FormData | None:
    """The form; None where it is larger than the room, and what comes is then read away."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > room:
        if files and length.isdigit() and int(length) <= _LEFT_MAX:
            async for _ in request.stream():
                pass
        return None
    return await request.form(max_fields=_FIELDS_MAX, max_files=files, max_part_size=room)


async def file_of(form: FormData) -> bytes:
    """The form's one file; empty where none was chosen."""
    for value in form.values():
        if isinstance(value, UploadFile) and value.size:
            return await value.read()
    return b""


def shown_size(count: int) -> str:
    """So many bytes as people read it: whole MiB, or KiB below one."""
    return f"{count // 1024**2} MiB" if count >= 1024**2 else f"{count // 1024} KiB"
