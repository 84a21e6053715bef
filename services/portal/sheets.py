"""A table in a file that people bring and are given back: CSV or XLSX, to rows of text and back.

What somebody uploads is read within bounds, and what cannot be read is said by its kind. What is
given back does nothing when it is opened: no cell of it begins a formula.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import sys
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import chain
from typing import Any, Final, Literal
from unicodedata import normalize

from xlsxwriter import Workbook

from services.kernel import at_once
from services.portal import numbers
from services.portal.workbook import TOO_MUCH

Kind = Literal["csv", "gb18030", "xlsx"]
ROWS_MAX: Final = at_once.ROWS
FILE_MAX: Final = 8 * 1024 * 1024
"""Bytes of an upload. Far more rows than are taken fit in, so that they are counted and said."""
COUNTED_MAX: Final = 20 * ROWS_MAX
"""Rows of a text that are counted; nobody is told more exactly how many more there are."""
_COLUMNS_MAX: Final = 60
_LETTERS_MAX: Final = 400
_UNPACKED_MAX: Final = 64 * 1024 * 1024
_PATIENCE_S: Final = 20.0
_ONE_AT_A_TIME: Final = asyncio.Lock()
"""So that workbooks take their room once, however many are brought together."""
_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "gb18030": "text/csv; charset=gb18030",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BOM: Final = b"\xef\xbb\xbf"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_DELIMITERS: Final = ",;\t"
_BEGINS_FORMULA: Final = re.compile(r"^[=+\-@\t\r＝＋－＠]")
_MADE_HARMLESS: Final = re.compile(r"^'(?=[=+\-@\t\r＝＋－＠])")


class Unreadable(Exception):
    """A file of which no rows can be had; ``why`` is a code, with what is to be said of it."""

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(why)
        self.why = why
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: how it is written, its head and its rows, each cell as text."""

    kind: Kind
    language: str
    """In which its numbers are written: of the page on which it is brought."""
    head: list[str]
    rows: list[list[str]]

    @property
    def media_type(self) -> str:
        """Of the file as which it is written."""
        return _MEDIA[self.kind]

    @property
    def suffix(self) -> str:
        """Of that file's name."""
        return "xlsx" if self.kind == "xlsx" else "csv"


async def read(data: bytes, language: str) -> Sheet:
    """The table in a file, by what is in it and not by its name. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith(_OLD_EXCEL):
        raise Unreadable("old_excel")
    if data.startswith(b"PK"):
        return _sheet("xlsx", language, await _cells(data, language))
    kind, text = _decoded(data)
    return _sheet(kind, language, _lines(text))


def kept(sheet: Sheet) -> str:
    """A table as text that a form keeps."""
    return _written([sheet.head, *sheet.rows])


def again(kind: str, language: str, text: str) -> Sheet:
    """The table that a form has kept. Raises Unreadable."""
    if kind not in _MEDIA:
        raise Unreadable("not_text")
    return _sheet(kind, language, _lines(text, ","))  # type: ignore[arg-type]


def written(sheet: Sheet) -> bytes:
    """A table as a file of its kind, in which nothing is a formula."""
    if sheet.kind == "xlsx":
        return _workbook([sheet.head, *sheet.rows])
    text = _written([[_harmless(cell) for cell in row] for row in (sheet.head, *sheet.rows)])
    return _BOM + text.encode() if sheet.kind == "csv" else text.encode("gb18030", "replace")


def _sheet(kind: Kind, language: str, rows: Sequence[list[str]]) -> Sheet:
    told = [[_MADE_HARMLESS.sub("", cell) for cell in row] for row in rows]
    if not told or not any(told[0]):
        raise Unreadable("empty")
    return Sheet(kind, language, [cell.strip() for cell in told[0]], told[1:])


def _decoded(data: bytes) -> tuple[Kind, str]:
    """A text in UTF-8 or GB18030; which of them is seen from it."""
    plain = data.removeprefix(_BOM)
    try:
        kind, text = "csv", plain.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise Unreadable("cut") from None
        try:
            kind, text = "gb18030", plain.decode("gb18030")
        except UnicodeDecodeError:
            raise Unreadable("not_text") from None
    if "\0" in text:
        raise Unreadable("not_text")
    return kind, text  # type: ignore[return-value]


def _lines(text: str, delimiter: str | None = None) -> list[list[str]]:
    """The rows of a CSV text, its columns parted as its first line parts them."""
    first = text.partition("\n")[0]
    parted = delimiter or max(_DELIMITERS, key=first.count)
    rows: list[list[str]] = []
    count = 0
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=parted, strict=True):
            count += 1
            if count > COUNTED_MAX + 1:
                raise Unreadable("far_too_many_rows", counted=COUNTED_MAX, most=ROWS_MAX)
            if count <= ROWS_MAX + 1:
                rows.append([cell[:_LETTERS_MAX] for cell in row[:_COLUMNS_MAX]])
    except csv.Error:
        raise Unreadable("cut") from None
    return _within(rows, count)


def _within(rows: list[list[str]], count: int) -> list[list[str]]:
    if count > ROWS_MAX + 1:
        raise Unreadable("too_many_rows", count=count - 1, most=ROWS_MAX)
    return rows


async def _cells(data: bytes, language: str) -> list[list[str]]:
    """The rows of a workbook's first sheet, read by a process of its own; what is a number in it
    has the decimal mark of the language, as if it had been typed."""
    _require_workbook(data)
    async with _ONE_AT_A_TIME:
        found = json.loads(await _said_of(data))
    # What lies below the last row that says anything is no row.
    rows = [[_typed(cell, language) for cell in row] for row in found["rows"]]
    while rows and not any(rows[-1]):
        rows.pop()
    return _within(rows, found["height"] if len(rows) > ROWS_MAX else len(rows))


def _typed(cell: str | list[str], language: str) -> str:
    """A cell as it would have been typed: a fraction stands alone in a list."""
    return cell if isinstance(cell, str) else numbers.ungrouped(cell[0], language)


async def _said_of(data: bytes) -> bytes:
    """What the other process says of a workbook. Raises Unreadable."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "services.portal.workbook"),
        *(str(most) for most in (ROWS_MAX + 1, _COLUMNS_MAX, _LETTERS_MAX)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            said, _ = await process.communicate(data)
    except TimeoutError:
        raise Unreadable("too_much") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        # A signal has ended it at one of its bounds, or it has at that of letters; else it has said
        # that it cannot read this.
        at_a_bound = (process.returncode or 0) < 0 or process.returncode == TOO_MUCH
        raise Unreadable("too_much" if at_a_bound else "not_a_workbook")
    return said


def _require_workbook(data: bytes) -> None:
    """That an archive is a workbook without macros, no larger when unpacked than one may be."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        raise Unreadable("not_a_workbook") from None
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("macros")
    if "xl/workbook.xml" not in names:
        raise Unreadable("not_a_workbook")
    if sum(part.file_size for part in parts) > _UNPACKED_MAX:
        raise Unreadable("too_much")


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; its reader here takes the mark off again."""
    return f"'{cell}" if _BEGINS_FORMULA.match(cell) else cell


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet, every cell of which is text, the columns as wide as they need."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bg_color": "#E3F1F4", "text_wrap": True})
        as_text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(_widths(rows)):
            sheet.set_column(column, column, width, as_text)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell, head if line == 0 else as_text)
    return file.getvalue()


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Letters that a column needs, from 10 to 50; a Chinese character is two wide."""
    widths: dict[int, int] = {}
    for column, cell in chain.from_iterable(enumerate(row) for row in rows):
        wide = sum(1 + (letter > "⺀") for letter in cell[:50])
        widths[column] = max(widths.get(column, 0), wide)
    return [min(50, max(10, width + 2)) for _, width in sorted(widths.items())]


def known(head: str) -> str:
    """A head as it is compared: without case, spaces and signs, half width."""
    return re.sub(r"[\W_]", "", normalize("NFKC", head)).casefold()


def places_of(
    sheet: Sheet,
    names: Mapping[str, str],
    *,
    needed: Iterable[str],
    passed_over: Collection[str] = (),
) -> dict[str, int]:
    """Where each column stands; ``names`` are the heads by which each may be known, as ``known``
    has them. Raises Unreadable."""
    found: dict[str, int] = {}
    unknown: list[str] = []
    for place, head in enumerate(sheet.head):
        column = names.get(known(head))
        if column is None:
            unknown += [head] if head else []
        elif column in found:
            raise Unreadable("head_twice", head=head)
        elif column not in passed_over:
            found[column] = place
    missing = [name for name in needed if name not in found]
    if missing or unknown:
        raise Unreadable("heads", missing=missing, unknown=unknown)
    return found
