"""The desk at which a table is brought in a file: its heads in every language, and its models."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import unescape
from typing import Final

from starlette.responses import Response

from services.portal.forms import shown_size
from services.portal.rendering import LANGUAGES, macros
from services.portal.sheets import FILE_MAX, ROWS_MAX, Kind, Sheet, Unreadable, known, read, written
from services.portal.visit import Visit

SHOWN_MAX: Final = 200
"""Mistakes that a page shows."""
ROOM: Final = FILE_MAX + 64 * 1024
"""Of a file with its form."""
BOUNDS: Final = {"rows_most": ROWS_MAX, "size_most": shown_size(FILE_MAX)}
"""What a page of a desk says of its file."""


async def file_most(_: Visit) -> int:
    """How many bytes a desk takes of a file, whoever brings it."""
    return FILE_MAX


async def brought(visit: Visit) -> Sheet:
    """The table in the file of this form. Raises Unreadable."""
    if not visit.file:
        raise Unreadable("no_file")
    return await read(visit.file, visit.language)


async def ports_as_written(visit: Visit) -> dict[str, str]:
    """Every name of a port, by which it may be written, with its code. Raises Problem, Away."""
    ports = await visit.calls.get("/registry/v1/ports", limit=200)
    return {
        known(port[name]): str(port["port"])
        for port in ports["items"]
        for name in ("port", "name_zh", "name_en")
    }


@cache
def names_of(template: str, columns: tuple[str, ...]) -> dict[str, str]:
    """The heads by which columns are known: as the interface has them, and in every language."""
    found = {known(column): column for column in columns}
    for language in LANGUAGES:
        for column, head in zip(columns, heads(template, language, columns), strict=True):
            found[known(head)] = column
    return found


def heads(template: str, language: str, columns: Iterable[str]) -> list[str]:
    """The heads of columns, as a template of macros has them in a language."""
    macro = macros(template, language)
    return [said(macro.head(column)) for column in columns]


def said(markup: object) -> str:
    """What a macro says, for a file: without what a page needs."""
    return unescape(str(markup)).strip()


def model_of(visit: Visit, template: str, columns: Iterable[str], rows: list[list[str]]) -> Sheet:
    """A file to fill in, as the address asks for it, with the heads in the reader's language."""
    kind: Kind = "xlsx" if visit.path("suffix") == "xlsx" else "csv"
    return Sheet(kind, visit.language, heads(template, visit.language, columns), rows)


def download(sheet: Sheet, name: str) -> Response:
    """A table that a browser keeps as a file of this name."""
    attached = {"Content-Disposition": f'attachment; filename="{name}.{sheet.suffix}"'}
    return Response(written(sheet), media_type=sheet.media_type, headers=attached)
