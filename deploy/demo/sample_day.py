"""A sample day of our own making. Every person in it is invented: all were born before 1900."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from stdnum.iso7064 import mod_11_2

from deploy.demo.day import COLUMNS
from services.kernel.clock import BEIJING
from services.kernel.money import Money

QUOTA_FEN: Final = 800_000
# HS code, name, perishable, yuan per kg from, to
GOODS: Final = (
    ("08109030", "龙眼", True, 9, 14),
    ("08106000", "榴莲", True, 26, 40),
    ("03061790", "冻虾", True, 45, 58),
    ("08013100", "带壳腰果", False, 38, 46),
    ("09041100", "胡椒", False, 26, 34),
    ("09011100", "未焙炒咖啡", False, 25, 31),
    ("09062000", "肉桂", False, 14, 19),
)
#: This lot's shares are exactly the whole quota, which the demo's officers inspect.
SUSPICIOUS: Final = 2
SURNAMES: Final = "黄韦农李苏陆覃梁"
GIVEN: Final = ("秀珍", "强勇", "芳", "志明", "桂花", "海生", "春梅", "文")


@dataclass
class SampleDay:
    """Makes a day of a given size; the same seed makes the same day."""

    lots: int = 24
    tickets: int = 360
    groups: int = 8
    seed: int = 20261116
    on: date = date(2026, 11, 16)
    refusals: bool = True
    """Whether to mix in one lot for each reason why lots are refused."""
    _random: random.Random = field(init=False)
    _rows: dict[str, list[dict[str, str]]] = field(init=False)

    def write(self, directory: Path) -> None:
        """Write the four files."""
        self._random = random.Random(self.seed)  # noqa: S311 - a sample, not a secret
        self._rows = {name: [] for name in COLUMNS}
        members = self._residents()
        sizes = self._sizes()
        used: dict[str, int] = {}
        for number, size in enumerate(sizes):
            self._lot(number, size, members[number % self.groups], used)
        if self.refusals:
            self._spoil()
        directory.mkdir(parents=True, exist_ok=True)
        for name, rows in self._rows.items():
            with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[name].split(), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)

    def _sizes(self) -> list[int]:
        """Tickets per lot: uneven, and adding up."""
        weights = [self._random.lognormvariate(0, 0.6) for _ in range(self.lots)]
        total = sum(weights)
        sizes = [max(1, round(w / total * self.tickets)) for w in weights]
        while sum(sizes) != self.tickets:
            at = self._random.randrange(self.lots)
            step = 1 if sum(sizes) < self.tickets else -1
            sizes[at] = max(1, sizes[at] + step)
        return sizes

    def _residents(self) -> list[list[str]]:
        """Enough members per group that each declares about once."""
        per_group = max(20, -(-self.tickets * 12 // 10 // self.groups))
        members: list[list[str]] = []
        serial = 0
        for group in range(1, self.groups + 1):
            code = f"SP-G{group:03d}"
            numbers = []
            for _ in range(per_group):
                serial += 1
                numbers.append(self._resident(serial, code))
            members.append(numbers)
            self._rows["groups"].append(
                {
                    "group_code": code,
                    "name": f"样本第{group}互助组",
                    "kind": "cooperative" if group % 4 == 1 else "mutual_aid",
                    "port": "DONGXING",
                    "leader_resident_no": numbers[0],
                }
            )
        return members

    def _resident(self, serial: int, group: str) -> str:
        born = date(1801, 1, 1) + timedelta(days=serial % 36_000)
        body = f"450681{born:%Y%m%d}{serial // 36_000 + 1:03d}"
        number = body + mod_11_2.calc_check_digit(body)
        filed = self.on - timedelta(days=self._random.randint(30, 900))
        self._rows["residents"].append(
            {
                "resident_no": number,
                "name": "样本" + self._random.choice(SURNAMES) + self._random.choice(GIVEN),
                "sex": self._random.choice("FM"),
                "township": self._random.choice(("东兴镇", "江平镇", "马路镇")),
                "phone": f"1{self._random.randint(3, 9)}0{serial:08d}",
                "filing_no": f"SAMPLE{serial:010d}",
                "filed_on": filed.isoformat(),
                "valid_until": (filed + timedelta(days=1095)).isoformat(),
                "group_code": group,
            }
        )
        return number

    def _lot(self, number: int, size: int, members: list[str], used: dict[str, int]) -> None:
        """A truck whose goods are split over the members with most quota left."""
        size = min(size, len(members))
        buyers = sorted(members, key=lambda m: used.get(m, 0))[:size]
        left = min(QUOTA_FEN - used.get(b, 0) for b in buyers)
        share = min(left, self._random.randint(520_000, 799_900))
        if number == SUSPICIOUS:
            share = left
        hs, goods, perishable, low, high = GOODS[number % len(GOODS)]
        price = self._random.randint(low * 100, high * 100)
        each_kg = (Decimal(share) / price).quantize(Decimal("0.1"))
        for buyer in buyers:
            used[buyer] = used.get(buyer, 0) + share
        reference = f"SP{self.on:%m%d}-{number + 1:04d}"
        net = each_kg * size
        gross = (net * Decimal("1.04")).quantize(Decimal("0.01"))
        entered = datetime(self.on.year, self.on.month, self.on.day, 7, 30, tzinfo=BEIJING)
        entered += timedelta(seconds=number * (39_600 // self.lots))
        self._rows["lots"].append(
            {
                "lot_ref": reference,
                "port": "DONGXING",
                "customs_office": "7208",
                "direction": "I",
                "vehicle_plate": f"桂P{10_000 + number}",
                "foreign_plate": f"14C-{20_000 + number}",
                "manifest_no": f"SPM{self.on:%y%m%d}{number + 1:05d}",
                "manifest_kg": str(gross + 40),
                "entered_at": entered.isoformat(),
                "origin": "VN",
                "shipped_from": "VN",
                "seller": f"Sample Mong Cai {number % 12 + 1}",
                "seller_bank_bic": "BFTVVNVX",
                "group_code": self._rows["groups"][number % self.groups]["group_code"],
                "hs_code": hs,
                "goods_name": goods,
                "perishable": str(int(perishable)),
                "net_kg": str(net),
                "gross_kg": str(gross),
                "pieces": str(max(1, int(net / 20))),
                "value": Money(share * size, "CNY").amount,
                "currency": "CNY",
            }
        )
        value = Money(share, "CNY").amount
        self._rows["tickets"] += [
            {"lot_ref": reference, "resident_no": b, "net_kg": str(each_kg), "value": value}
            for b in buyers
        ]

    def _spoil(self) -> None:
        """One lot for each of some reasons, so that a reader sees them refused."""
        lots = self._rows["lots"][-5:]
        lots[0]["origin"] = "TH"
        lots[1]["hs_code"] = "22084000"
        lots[2]["gross_kg"] = str(Decimal(lots[2]["net_kg"]) - 1)
        lots[3]["manifest_kg"] = str(Decimal(lots[3]["gross_kg"]) - 1)
        lots[4]["value"] = str(Decimal(lots[4]["value"]) + Decimal("0.01"))
