"""Lots as the rows of a table: one resident's share a row, the lot's own columns beside it.

Only the form of the table is judged here: which row belongs to which lot, what a spreadsheet has
made of a number. What a lot must be is for the interface to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from unicodedata import normalize

from services.kernel import at_once
from services.portal import numbers
from services.portal.counts import counted
from services.portal.sheets import Sheet, Unreadable, known, places_of
from services.portal.split import evenly

DECLARED: Final = (
    "port",
    "customs_office",
    "vehicle_plate",
    "foreign_plate",
    "manifest_no",
    "entered_at",
    "origin",
    "shipped_from",
    "seller",
    "seller_bank_bic",
    "hs_code",
    "goods_name",
    "net_kg",
    "gross_kg",
    "pieces",
    "value",
)
"""What is declared of a lot, as the interface calls it: typed into a form or brought in a table."""
_SENT_AS: Final = {"lot_net_kg": "net_kg", "lot_value": "value"}
"""Columns of the lot that the interface calls as it calls a share's."""
_COLUMN_OF: Final = {name: column for column, name in _SENT_AS.items()}
OF_THE_LOT: Final = ("reference", *(_COLUMN_OF.get(name, name) for name in DECLARED))
OF_THE_SHARE: Final = ("resident_no", "net_kg", "value")
COLUMNS: Final = (*OF_THE_LOT, *OF_THE_SHARE)
GIVEN_BACK: Final = ("reason", "remedy")
"""Columns that are added to what is given back; brought again, they are not read."""
_OPTIONAL: Final = ("foreign_plate", "manifest_no", "net_kg", "value")
_FIGURES: Final = ("lot_net_kg", "gross_kg", "pieces", "lot_value", "net_kg", "value")
_CODES: Final = ("customs_office", "hs_code", "resident_no")
LOTS_MAX: Final = at_once.LOTS
_SCIENTIFIC: Final = re.compile(r"^[+-]?\d+([.,]\d+)?[eE][+-]?\d{1,2}$")
_WHOLE_WITH_ZEROS: Final = re.compile(r"^(\d+)[.,]0+$")
_SERIAL: Final = re.compile(r"^[3-6]\d{4}([.,]\d+)?$")
_MOMENT: Final = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]+(\d{1,2})[::时](\d{2})(?:[::分](\d{2})秒?)?分?$"  # noqa: E501
)
_FIRST_DAY: Final = datetime(1899, 12, 30)
"""From which a spreadsheet counts its days."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a row, by the interface's code and sentence, or by a code of the table's
    own form."""

    row: int
    """Of the sheet's rows, from 0."""
    column: str
    code: str
    detail: str = ""
    """The interface's sentence; empty of one of ours."""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class LotOfRows:
    """The rows that make one lot, and what would be sent of it."""

    reference: str
    rows: list[int]
    body: dict[str, Any]
    mistakes: list[Mistake]
    declared_as: str = ""
    """The lot that is declared under this reference already, if one is; what else is said of these
    rows is then said of a second one."""

    def place_of(self, pointer: str) -> tuple[int, str]:
        """The row and the column of a pointer into what is sent."""
        name, *rest = pointer.strip("/").split("/")
        if name != "tickets":
            sent = {sent: column for column, sent in _SENT_AS.items()}
            return self.rows[0], sent.get(name, name)
        line = int(rest[0]) if rest and rest[0].isdigit() else 0
        at = self.rows[min(line, len(self.rows) - 1)]
        return at, rest[1] if len(rest) > 1 else "resident_no"


def columns_of(sheet: Sheet, names: Mapping[str, str]) -> dict[str, int]:
    """Where each column stands; ``names`` are the heads by which each may be known, as ``known``
    has them. Raises Unreadable."""
    needed = [name for name in COLUMNS if name not in _OPTIONAL]
    return places_of(sheet, names, needed=needed, passed_over=GIVEN_BACK)


def lots_of(
    sheet: Sheet, columns: Mapping[str, int], ports: Mapping[str, str], group_code: str
) -> list[LotOfRows]:
    """The lots of a table, in the order of their first rows; its numbers are read as its language
    writes them. Raises Unreadable."""
    grouped: dict[str, list[int]] = {}
    reference = ""
    for at, row in enumerate(sheet.rows):
        if any(cell.strip() for cell in row):
            reference = _cell(row, columns, "reference", sheet.language) or reference
            grouped.setdefault(reference, []).append(at)
    if not grouped:
        raise Unreadable("empty")
    if len(grouped) > LOTS_MAX:
        raise Unreadable("too_many_lots", count=len(grouped), most=LOTS_MAX)
    return [_lot(sheet, columns, ports, group_code, name, at) for name, at in grouped.items()]


def _lot(
    sheet: Sheet,
    columns: Mapping[str, int],
    ports: Mapping[str, str],
    group_code: str,
    reference: str,
    at: list[int],
) -> LotOfRows:
    rows = [
        {name: _cell(sheet.rows[n], columns, name, sheet.language) for name in COLUMNS} for n in at
    ]
    own = {
        name: next((row[name] for row in rows if row[name]), "")
        for name in OF_THE_LOT
        if name != "reference"
    }
    body: dict[str, Any] = {"reference": reference, "group_code": group_code, "purpose": "RESALE"}
    body |= {_SENT_AS.get(name, name): value for name, value in own.items()}
    body |= {name: body[name] or None for name in ("foreign_plate", "manifest_no")}
    body["port"] = ports.get(known(body["port"]), body["port"])
    body["entered_at"] = moment(body["entered_at"])
    body["pieces"] = counted(body["pieces"])
    body["tickets"] = _tickets(rows, body["net_kg"], body["value"])
    mistakes = [*_of_the_form(sheet, columns, rows, at), *_of_the_rows(rows, own, at)]
    return LotOfRows(reference, at, body, mistakes)


def _tickets(rows: Sequence[Mapping[str, str]], net_kg: str, value: str) -> list[dict[str, str]]:
    """The shares as they stand; where none says a weight or a value, both are split evenly."""
    if any(row["net_kg"] or row["value"] for row in rows):
        return [{name: row[name] for name in OF_THE_SHARE} for row in rows]
    weights, values = evenly(net_kg, 3, len(rows)), evenly(value, 2, len(rows))
    return [
        {"resident_no": row["resident_no"], "net_kg": kg, "value": yuan}
        for row, kg, yuan in zip(rows, weights, values, strict=True)
    ]


def _of_the_form(
    sheet: Sheet,
    columns: Mapping[str, int],
    rows: Sequence[Mapping[str, str]],
    at: Sequence[int],
) -> Iterator[Mistake]:
    """Rows that break off or go on too far, and rows that stand there twice."""
    needed = max(columns.values()) + 1
    seen: dict[tuple[str, ...], int] = {}
    for cells, n in zip(rows, at, strict=True):
        row = sheet.rows[n]
        if sheet.kind != "xlsx" and len(row) < min(needed, len(sheet.head)):
            yield Mistake(n, "", "row_cut", facts={"count": len(row), "of": len(sheet.head)})
        if any(row[len(sheet.head) :]):
            yield Mistake(n, "", "row_long", facts={"count": len(row), "of": len(sheet.head)})
        first = seen.setdefault(tuple(cells[name] for name in COLUMNS), n)
        if first != n:
            yield Mistake(n, "", "row_twice", facts={"row": first + 2})


def _of_the_rows(
    rows: Sequence[Mapping[str, str]], own: Mapping[str, str], at: Sequence[int]
) -> Iterator[Mistake]:
    """Rows that say of their lot something else than its first one."""
    for row, n in zip(rows, at, strict=True):
        for name, value in own.items():
            if row[name] and row[name] != value:
                yield Mistake(n, name, "differs", facts={"value": row[name], "other": value})


def _cell(row: Sequence[str], columns: Mapping[str, int], name: str, language: str) -> str:
    """A cell as it was meant, whatever a spreadsheet made of it; '' of one that is not there."""
    place = columns.get(name)
    text = row[place].strip() if place is not None and place < len(row) else ""
    if name in _FIGURES:
        return whole(figure(text, language)) if name == "pieces" else figure(text, language)
    return code(text) if name in _CODES else text


def figure(text: str, language: str) -> str:
    """A number of a table in plain digits, read as the table's language writes it, not as 1.2E+05;
    of what is none, what the interface refuses."""
    if not _SCIENTIFIC.match(text):
        return numbers.plain(text, language)
    try:
        return f"{Decimal(text.replace(',', '.')):f}"
    except InvalidOperation:
        return text


def whole(plain: str) -> str:
    """A number of whole things without the point and the zeros that it got."""
    short = _WHOLE_WITH_ZEROS.match(plain)
    return short.group(1) if short else plain


def code(text: str) -> str:
    """A code of digits: half width, without the point and the zeros that a number got. One that a
    spreadsheet has rounded stays as it is, for its digits are lost."""
    plain = normalize("NFKC", text).replace(" ", "")
    return whole(plain)


def moment(text: str) -> str:
    """A moment of Beijing's clock as the interface writes it: from a day's number in a spreadsheet
    or from day and hour as people write them; anything else as it stands."""
    plain = normalize("NFKC", text).strip()
    if _SERIAL.match(plain):
        at = _FIRST_DAY + timedelta(seconds=round(float(plain.replace(",", ".")) * 86_400))
        return f"{at.isoformat()}+08:00"
    found = _MOMENT.match(plain)
    if found is None:
        return text
    parts = [int(part or 0) for part in found.groups()]
    try:
        return f"{datetime(*parts).isoformat()}+08:00"  # type: ignore[arg-type]
    except ValueError:
        return text
