"""A day as four CSV files (UTF-8, header row)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from deploy.operate.data_directory import LocalError
from services.kernel.clock import business_day

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
    """Read a day's four files. Raises LocalError naming the file and what is wrong with it."""
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
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(COLUMNS[name].split()) - set(reader.fieldnames or ())
        if missing:
            raise LocalError(f"{path} lacks the columns {', '.join(sorted(missing))}.")
        return [dict(row) for row in reader]
