"""A day as four CSV files (header row; UTF-8, or GB 18030 as spreadsheets write it)."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from deploy.operate.data_directory import LocalError
from services.kernel.clock import BEIJING, business_day

Row = Mapping[str, str]

COLUMNS: Final = {
    "groups": "group_code name kind port leader_resident_no",
    "residents": "resident_no name sex township phone filing_no filed_on valid_until group_code",
    "lots": "lot_ref port customs_office direction vehicle_plate foreign_plate manifest_no"
    " manifest_kg entered_at origin shipped_from seller seller_bank_bic group_code hs_code"
    " goods_name perishable net_kg gross_kg pieces value currency",
    "tickets": "lot_ref resident_no net_kg value",
}


@dataclass(frozen=True)
class Day:
    """Groups, residents and lots of one day, lots in the order in which they came."""

    groups: Sequence[Row]
    residents: Sequence[Row]
    lots: Sequence[Row]
    tickets: Mapping[str, Sequence[Row]]

    @property
    def business_on(self) -> date:
        """The Beijing day of the first lot."""
        return business_day(datetime.fromisoformat(self.lots[0]["entered_at"]))


def read_day(directory: Path) -> Day:
    """Read a day's four files. Raises LocalError naming file, line and column."""
    tables = {name: _read(directory / f"{name}.csv", name) for name in COLUMNS}
    if not tables["lots"]:
        raise LocalError(f"{directory / 'lots.csv'} has no lots; a day needs at least one.")
    tickets: dict[str, list[Row]] = defaultdict(list)
    for row in tables["tickets"]:
        tickets[row["lot_ref"]].append(row)
    return Day(tables["groups"], tables["residents"], tables["lots"], tickets)


def _read(path: Path, name: str) -> list[Row]:
    if not path.exists():
        raise LocalError(f"{path} is missing; a day is groups, residents, lots and tickets.csv.")
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    columns = COLUMNS[name].split()
    missing = set(columns) - set(reader.fieldnames or ())
    if missing:
        raise LocalError(f"{path} lacks the columns {', '.join(sorted(missing))}.")
    rows: list[Row] = []
    for row in reader:
        cells = [cell for cell in row.values() if isinstance(cell, str) and cell.strip()]
        if None in row:
            raise LocalError(f"{path}, line {reader.line_num}: there are more cells than columns.")
        # A spreadsheet keeps rows that somebody has emptied.
        if cells:
            place = f"{path}, line {reader.line_num}"
            rows.append({column: _cell(row[column] or "", column, place) for column in columns})
    return rows


def _text(path: Path) -> str:
    """A file's text: UTF-8, or GB 18030 as spreadsheets in Chinese write it."""
    written = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LocalError(f"{path} is neither UTF-8 nor GB 18030; save it as CSV in UTF-8.")


def _cell(written: str, column: str, place: str) -> str:
    """A cell as the window takes it. Raises LocalError naming the line and the column."""
    text = written.strip()
    try:
        if column in _DAYS:
            return _day(text).isoformat()
        if column in _INSTANTS:
            return _instant(text).isoformat()
        if column in _FIGURES:
            return _figure(text)
    except ValueError:
        raise LocalError(f"{place}, {column}: {text!r} is {_NO[column]}.") from None
    return text


def _day(text: str) -> date:
    """A day: 2024-05-21, 2024/5/21, 2024年5月21日. Raises ValueError."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return date(*map(int, match.groups()))


def _instant(text: str) -> datetime:
    """An instant: RFC 3339, or a day and a time of Beijing's clock. Raises ValueError."""
    match = _DAY.match(text)
    if match is None:
        raise ValueError(text)
    hours, _, rest = text[match.end() :].lstrip(" T").partition(":")
    at = datetime.fromisoformat(f"{_day(match[0]).isoformat()}T{hours:0>2}:{rest}")
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def _figure(text: str) -> str:
    """A figure with or without commas between thousands. Raises ValueError."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if _PLAIN.fullmatch(plain) is None:
        raise ValueError(text)
    return plain


_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?")
_PLAIN: Final = re.compile(r"-?[0-9]+([.][0-9]+)?")
_DAYS: Final = ("filed_on", "valid_until")
_INSTANTS: Final = ("entered_at",)
_FIGURES: Final = ("manifest_kg", "net_kg", "gross_kg", "pieces", "value")
_NO: Final = (
    dict.fromkeys(_DAYS, "no day, such as 2024-05-21")
    | dict.fromkeys(_INSTANTS, "no time, such as 2024-05-21T07:30:00+08:00")
    | dict.fromkeys(_FIGURES, "no figure, such as 545899.20")
)
