"""First filings as the rows of a table, or as a form of one: every register with its own columns.

Only what a spreadsheet or a hand made of a value is undone here, and words are read as the codes
that they stand for. What a record must be is for the interface to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from unicodedata import normalize

from services.platform.signing_keys import public_jwk
from services.portal.lot_rows import code, figure, moment
from services.portal.sheets import Sheet, Unreadable, known, places_of


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register: as the interface calls it, how it is written, whether it may lack."""

    name: str
    form: str = "text"
    needed: bool = True


def _may(name: str, form: str = "text") -> Column:
    return Column(name, form, needed=False)


_NUMBER: Final = Column("resident_no", "code")
FILED: Final[Mapping[str, tuple[Column, ...]]] = {
    "ports": (
        *(Column("port"), Column("name_zh"), Column("name_en")),
        *(Column("customs_office", "code"), _may("active", "yes")),
    ),
    "residents": (
        *(_NUMBER, Column("name"), Column("sex", "sex"), Column("township")),
        *(Column("phone", "code"), Column("filing_no", "code")),
        *(Column("filed_on", "day"), Column("valid_until", "day")),
    ),
    "groups": (
        *(Column("group_code"), Column("name"), Column("kind", "group"), Column("port", "port")),
        _may("leader_resident_no", "code"),
    ),
    "memberships": (
        *(Column("group_code"), _NUMBER, Column("joined_on", "day"), _may("left_on", "day")),
    ),
    "mandates": (
        *(Column("group_code"), _NUMBER, Column("given_on", "day"), _may("ended_on", "day")),
    ),
    "enterprises": (
        *(Column("enterprise_code", "code"), Column("credit_code", "code"), Column("name")),
        Column("port", "port"),
    ),
    "processing-filings": (
        *(Column("enterprise_code", "code"), Column("hs_prefix", "code")),
        *(Column("filed_from", "day"), _may("filed_to", "day")),
        *(Column("yearly_capacity_kg", "figure"), Column("filing_no", "code")),
    ),
    "officers": (
        *(Column("badge_no"), Column("name"), Column("port", "port"), Column("team")),
        *(_may("skills", "list"), _may("active", "yes")),
    ),
    "conflicts": (
        *(Column("badge_no"), Column("party"), Column("declared_on", "day")),
        _may("ended_on", "day"),
    ),
    "sellers": (
        *(Column("seller_code"), Column("name"), Column("country"), Column("bank_bic")),
        Column("account", "code"),
    ),
    "banks": (
        *(Column("bic"), Column("name"), Column("public_key", "key")),
        *(_may("rota_order", "code"), Column("currencies", "list")),
        _may("time_offsets", "offsets"),
    ),
    "signatories": (
        *(Column("party"), Column("subject"), Column("duty", "duty"), _may("active", "yes")),
    ),
    "payer-accounts": (
        *(Column("party"), Column("bank_bic"), Column("account", "code"), Column("holder")),
        *(_may("street"), Column("town"), _may("country")),
    ),
}
"""Registers whose records a registrar files, in the order in which an office begins."""
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "sex": ("F", "M"),
    "group": ("mutual_aid", "cooperative"),
    "yes": ("yes", "no"),
    "duty": ("answers", "quotes", "compliance"),
    "offsets": ("ANY", "NUMERIC"),
}
"""What one chooses from where a column has few values; the first is where nothing is said."""
_DAY: Final = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_SERIAL: Final = re.compile(r"^[3-6]\d{4}(\.0+)?$")
_LISTED: Final = re.compile(r"[,;，；、\s]+")
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "sex": {"f": "F", "女": "F", "nữ": "F", "m": "M", "男": "M", "nam": "M"},
    "group": {
        **dict.fromkeys(("mutual_aid", "互助组", "边民互助组", "tổ tương trợ"), "mutual_aid"),
        **dict.fromkeys(("cooperative", "合作社", "边民合作社", "hợp tác xã"), "cooperative"),
    },
    "yes": {
        **dict.fromkeys(("yes", "是", "有效", "có", "true", "1"), True),
        **dict.fromkeys(("no", "否", "无效", "không", "false", "0"), False),
    },
    "duty": {"合规": "compliance", "付款答复": "answers", "报价": "quotes"},
    "offsets": {"any": "ANY", "numeric": "NUMERIC"},
}
"""What people write for a code, without case; anything else stays, and the interface says of it."""


def columns_of(sheet: Sheet, register: str, names: Mapping[str, str]) -> dict[str, int]:
    """Where each column of a register stands; ``names`` as in ``lot_rows``. Raises Unreadable."""
    needed = [column.name for column in FILED[register] if column.needed]
    return places_of(sheet, names, needed=needed)


def records_of(
    sheet: Sheet, register: str, columns: Mapping[str, int], ports: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[int]]:
    """The records of a table, and in which row of it each stands. Raises Unreadable."""
    records: list[dict[str, Any]] = []
    rows: list[int] = []
    for at, row in enumerate(sheet.rows):
        if not any(cell.strip() for cell in row):
            continue
        record: dict[str, Any] = {}
        for column in FILED[register]:
            place = columns.get(column.name)
            text = row[place].strip() if place is not None and place < len(row) else ""
            if text or column.needed:
                record[column.name] = _meant(text, column.form, ports, sheet.language)
        records.append(record)
        rows.append(at)
    if not records:
        raise Unreadable("empty")
    return records, rows


def place_of(pointer: str, rows: Sequence[int]) -> tuple[int | None, str]:
    """The row of the table and the column of a pointer into what is sent; None of no one row."""
    parts = pointer.strip("/").split("/")
    if parts[0] != "rows" or len(parts) < 2 or not parts[1].isdigit():
        return None, ""
    at = int(parts[1])
    return (rows[at] if at < len(rows) else None), parts[2] if len(parts) > 2 else ""


def _meant(text: str, form: str, ports: Mapping[str, str], language: str) -> Any:
    match form:
        case "day":
            return day(text)
        case "code":
            return code(text)
        case "figure":
            return figure(text, language)
        case "list":
            return [one for one in _LISTED.split(text) if one]
        case "port":
            return ports.get(known(text), text)
        case "key":
            return public_jwk(text)
        case "text":
            return text
        case _:
            return _WORDS[form].get(normalize("NFKC", text).casefold(), text)


def day(text: str) -> str:
    """A day as the interface writes it: as people write it, or from a day's number in a
    spreadsheet; anything else as it stands."""
    plain = normalize("NFKC", text).strip().removesuffix(" 00:00:00")
    if _SERIAL.match(plain):
        return moment(plain).partition("T")[0]
    found = _DAY.match(plain)
    return "-".join(part.zfill(2) for part in found.groups()) if found else text
