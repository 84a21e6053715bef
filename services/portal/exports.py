"""Tables as XLSX: a number or a day is one, and all else is text that no program reads as more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Final

from starlette.responses import Response
from xlsxwriter import Workbook

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLUMN: Final = 18
_DAY: Final = "yyyy-mm-dd"
Cell = str | int | float | Decimal | date | None


def sheet(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one table under standing heads. A text stays a text, whatever it begins with:
    no formula, no link."""
    kept = BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(kept, plain) as book:
        table = book.add_worksheet()
        as_day = book.add_format({"num_format": _DAY})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        table.set_column(0, len(heads) - 1, _COLUMN)
        table.freeze_panes(1, 1)
        for place, head in enumerate(heads):
            table.write_string(0, place, head, bold)
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    table.write_string(line, place, cell)
                elif isinstance(cell, date):
                    table.write_datetime(line, place, cell, as_day)
                elif cell is not None:
                    table.write_number(line, place, float(cell))
    return kept.getvalue()


def attached(content: bytes, name: str) -> Response:
    """A workbook that a browser keeps as a file of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
