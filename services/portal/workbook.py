"""The cells of a workbook, as text, read in a process of its own: ``python -m`` this module.

What comes from outside is unpacked by code that trusts its sizes; a sheet with one cell in its last
corner would take all memory. Here it takes this process's alone, whose memory and time are bounded.
Nothing of the window is imported.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any, Final

from python_calamine import CalamineWorkbook, SheetVisibleEnum

_MEMORY: Final = 320 * 1024 * 1024
"""Addresses, of which a workbook of so many rows as are taken uses half."""
_SECONDS: Final = 10
_LETTERS: Final = 8 * 1024 * 1024
TOO_MUCH: Final = 3
"""With this status the process ends at the bound of letters."""
_FRACTION: Final = re.compile(r"-?\d+\.\d+")
_EXACT: Final = 10**15
"""Above it a workbook's number has lost digits."""


def main() -> None:
    """Read a workbook from the standard input; write how many rows its first sheet that can be seen
    has, and the first of them, as many rows, columns and letters as the arguments say."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    rows, columns, letters = (int(argument) for argument in sys.argv[1:])
    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    seen = [n for n, s in enumerate(book.sheets_metadata) if s.visible is SheetVisibleEnum.Visible]
    sheet = book.get_sheet_by_index(seen[0])
    cells = sheet.to_python(skip_empty_area=False, nrows=rows)
    found = [[_told(cell, letters) for cell in islice(row, columns)] for row in cells]
    if sum(len(cell) for row in found for cell in row) > _LETTERS:
        # One text may stand in every cell of a small file: whoever asked would hold them all.
        sys.exit(TOO_MUCH)
    json.dump({"height": sheet.end[0] + 1 if sheet.end else 0, "rows": found}, sys.stdout)


def _told(cell: Any, letters: int) -> str | list[str]:
    """A cell's text; that of a fraction alone in a list, since its mark is the language's."""
    text = _text(cell)
    return [text] if isinstance(cell, float) and _FRACTION.fullmatch(text) else text[:letters]


def _text(cell: Any) -> str:
    """A cell as somebody would have typed it."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() | int() if abs(cell) >= _EXACT:
            return f"{cell:.14E}"
        case float() | int():
            return f"{Decimal(repr(cell)).normalize():f}"
        case datetime():
            return cell.isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


if __name__ == "__main__":
    main()
