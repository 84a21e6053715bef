"""Who is in the sample world. All of them are invented: every resident was born before 1900."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from stdnum.iso7064 import mod_11_2


@dataclass(frozen=True)
class Port:
    """A port of the sample, as the registry and the law know it."""

    code: str
    name: str
    customs_office: str
    country: str
    """Whose goods come in here."""
    division: str
    """Six digits with which its residents' numbers begin."""
    townships: Sequence[str]
    seller_bank: str
    currency: str
    """In which sellers across the border are paid."""


DONGXING: Final = Port(
    *("DONGXING", "东兴", "7208", "VN", "450681"),
    *(("东兴镇", "江平镇", "马路镇"), "BFTVVNVX", "VND"),
)
RUILI: Final = Port(
    "RUILI", "瑞丽", "8604", "MM", "533102", ("勐卯镇", "姐相镇", "弄岛镇"), "AYABMMMY", "MMK"
)
PORTS: Final = {port.code: port for port in (DONGXING, RUILI)}


@dataclass(frozen=True)
class Resident:
    """A member of a group. Those without a mandate confirm their shares themselves."""

    number: str
    name: str
    sex: str
    township: str
    phone: str
    filing_no: str
    mandated: bool


@dataclass(frozen=True)
class Group:
    """A group of residents and the clerk at its desk."""

    code: str
    name: str
    kind: str
    port: Port
    clerk: str
    residents: Sequence[Resident] = field(repr=False)

    @property
    def mandated(self) -> Sequence[Resident]:
        """Whose shares the clerk confirms."""
        return [resident for resident in self.residents if resident.mandated]


MEMBERS: Final = 32
BY_THEMSELVES: Final = 4
"""So many members of each group gave the clerk no mandate."""
_SURNAMES: Final = "黄韦农李苏陆覃梁阮武裴刘吴邓钟"
_GIVEN: Final = (
    *("秀珍", "志强", "海芳", "志明", "桂花", "海生"),
    *("春梅", "文忠", "小燕", "建国", "玉兰"),
)
_NAMED: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "DX-G001": (
        ("黄秀兰", "F"),
        ("Nguyễn Thị Hương", "F"),
        ("阿卜杜勒艾合买提江吐尔逊麦麦提艾力买买提", "M"),
        ("韦龑犇", "M"),
    ),
    "DX-G002": (("𠮷志伟", "M"), ("Trần Văn Đức", "M"), ("覃㛃", "F"), ("农海燕", "F")),
    "DX-G003": (("苏志刚", "M"), ("Phạm Ngọc Ánh", "F")),
    "RL-G001": (("岩温", "M"), ("玉腊", "F"), ("赛买提·艾力", "M")),
}


def _group(serial: int, code: str, name: str, kind: str, port: Port, clerk: str) -> Group:
    return Group(code, name, kind, port, clerk, tuple(_residents(serial, code, port)))


def _residents(serial: int, code: str, port: Port) -> Iterator[Resident]:
    named = _NAMED.get(code, ())
    for place in range(MEMBERS):
        number = serial * MEMBERS + place
        name, sex = (
            named[place]
            if place < len(named)
            else (
                _SURNAMES[number * 7 % len(_SURNAMES)] + _GIVEN[number * 5 % len(_GIVEN)],
                "FM"[number % 2],
            )
        )
        born = date(1841, 1, 1) + timedelta(days=number * 97)
        body = f"{port.division}{born:%Y%m%d}{number % 900 + 100:03d}"
        yield Resident(
            number=body + str(mod_11_2.calc_check_digit(body)),
            name=name,
            sex=sex,
            township=port.townships[place % len(port.townships)],
            phone=f"139{number:08d}",
            filing_no=f"SAMPLE-{code}-{place:03d}",
            mandated=place >= BY_THEMSELVES,
        )


_MUTUAL, _COOPERATIVE = "mutual_aid", "cooperative"
GROUPS: Final = {
    group.code: group
    for group in (
        _group(0, "DX-G001", "样本东兴第一互助组", _MUTUAL, DONGXING, "陈丽华"),
        _group(1, "DX-G002", "样本江平京族互助组", _MUTUAL, DONGXING, "苏维芳"),
        _group(2, "DX-G003", "样本马路互助组", _MUTUAL, DONGXING, "吴建华"),
        _group(3, "DX-G004", "样本海鲜合作社", _COOPERATIVE, DONGXING, "刘海英"),
        _group(4, "DX-G005", "样本坚果合作社", _COOPERATIVE, DONGXING, "邓志远"),
        _group(5, "RL-G001", "样本瑞丽互助组", _MUTUAL, RUILI, "杨玉香"),
    )
}


@dataclass(frozen=True)
class Officer:
    """An officer of customs; without a skill nobody draws them."""

    badge: str
    name: str
    port: Port
    team: str
    skills: Sequence[str] = ()


_LOOKS: Final = ("document", "inspection")
AWAY: Final = (
    Officer("DX-1001", "何远航", DONGXING, "T1", _LOOKS),
    Officer("DX-1002", "方志远", DONGXING, "T1", _LOOKS),
)
"""Drawn for the first order of the day, and then called away."""
EXAMINING: Final = (
    Officer("DX-2001", "林国栋", DONGXING, "T1", _LOOKS),
    Officer("DX-2002", "谢文静", DONGXING, "T1", _LOOKS),
    Officer("DX-2003", "周海涛", DONGXING, "T2", _LOOKS),
    Officer("DX-2004", "罗晓敏", DONGXING, "T2", _LOOKS),
)
SUPERVISOR: Final = Officer("DX-3001", "唐志伟", DONGXING, "T1", ("supervise",))
CERTIFYING: Final = tuple(
    Officer(f"DX-400{number}", name, DONGXING, "T3", ("aeo",))
    for number, name in enumerate(("郑克勤", "冯雅琴", "曾庆民", "彭淑贞"), 1)
)
ELSEWHERE: Final = tuple(
    Officer(f"RL-200{number}", name, RUILI, "T1", ("inspection",))
    for number, name in enumerate(("段云飞", "刀建华", "和丽江"), 1)
)
"""Nobody here reads documents, so that an order for them waits for somebody who does."""
RISK: Final = tuple(
    Officer(f"DX-500{number}", name, DONGXING, "T4")
    for number, name in enumerate(("高明远", "沈若兰"), 1)
)
POLICY: Final = tuple(
    Officer(f"DX-600{number}", name, DONGXING, "T5")
    for number, name in enumerate(("田守成", "范思齐"), 1)
)
OTHERS: Final = (*EXAMINING, SUPERVISOR, *CERTIFYING, *ELSEWHERE)


@dataclass(frozen=True)
class Bank:
    """A bank of the rota, the two who work at its counter, and who signs for its compliance."""

    bic: str
    name: str
    clerk: str
    second: str
    compliance: Sequence[str]
    vnd: str
    """What it takes a yuan for, in dong; and in kyat."""
    mmk: str
    millions: int


BANKS: Final = tuple(
    Bank(bic, f"{name}（样本）", clerk, second, compliance, vnd, mmk, millions)
    for bic, name, clerk, second, compliance, vnd, mmk, millions in (
        ("ABOCCNBJ", "中国农业银行", "蒋慧", "丁宁", ("贺廉", "孟清"), "3560", "291.20", 40),
        ("ICBKCNBJ", "中国工商银行", "袁敏", "方圆", ("秦正", "白洁"), "3572", "292.10", 30),
        ("BKCHCNBJ", "中国银行", "龙婷", "钱进", ("史明", "陶然"), "3565", "291.60", 20),
        ("PCBCCNBJ", "中国建设银行", "万芳", "邵华", ("江澄", "顾平"), "3550", "290.90", 10),
    )
)


@dataclass(frozen=True)
class Factory:
    """A factory that buys residents' goods of one kind and processes them."""

    code: str
    credit: str
    name: str
    clerk: str
    material: str
    product: str
    price: str
    """Yuan a kilogram that it gives."""
    net: str
    loss: str
    """Kilograms of material in one of product, and the share that is lost (W23)."""


NUTS: Final = Factory(
    *("4506960001", "91450600123456789C", "样本边境坚果加工有限公司", "卢晓东"),
    *("08013100", "08013200", "45.00", "3.40", "0.15"),
)
COFFEE: Final = Factory(
    *("4506960002", "91450600765432198L", "样本口岸咖啡加工有限公司", "施佳"),
    *("09011100", "09012100", "31.00", "1.14", "0.05"),
)
FACTORIES: Final = (NUTS, COFFEE)


@dataclass(frozen=True)
class Seller:
    """A seller across the border; ``declared_at``: the bank that lots name where it is another."""

    code: str
    name: str
    country: str
    bank: str
    declared_at: str | None = None


MONG_CAI: Final = Seller("S-VN-001", "Công ty TNHH Nông sản Móng Cái", "VN", "BFTVVNVX")
HA_LONG: Final = Seller("S-VN-002", "Sample Ha Long Seafood", "VN", "BFTVVNVX")
LANG_SON: Final = Seller("S-VN-003", "Sample Lang Son Herbs and Spices", "VN", "BFTVVNVX")
ELSEWHERE_BANKED: Final = Seller(
    "S-VN-004", "Sample Hai Phong Coffee", "VN", "ICBVVNVX", declared_at="BFTVVNVX"
)
"""Banks elsewhere than its lots say: what it is paid is held."""
LISTED: Final = Seller("S-VN-005", "Red Banyan Sample Trading Co., Ltd.", "VN", "BFTVVNVX")
"""Its name is on the sample list of names."""
MUSE: Final = Seller("S-MM-001", "Sample Muse Border Trading", "MM", "AYABMMMY")
SELLERS: Final = (MONG_CAI, HA_LONG, LANG_SON, ELSEWHERE_BANKED, LISTED, MUSE)


@dataclass(frozen=True)
class Goods:
    """Goods as they are declared, at so many yuan a kilogram."""

    hs_code: str
    name: str
    perishable: bool
    price: str
    kg: str
    """Of one share."""
    seller: Seller


CASHEWS: Final = Goods("08013100", "带壳腰果", False, "40.00", "45", MONG_CAI)
BEANS: Final = Goods("09011100", "未焙炒咖啡", False, "28.00", "62", MONG_CAI)
BANANAS: Final = Goods("08039000", "香蕉", True, "6.00", "280", MONG_CAI)
MANGOES: Final = Goods("08045020", "鲜芒果", True, "9.00", "190", MONG_CAI)
SHRIMPS: Final = Goods("03061790", "冻虾", True, "52.00", "35", HA_LONG)
SQUID: Final = Goods("03074390", "冻鱿鱼", True, "38.00", "46", HA_LONG)
HERBS: Final = Goods("12119039", "中药材", False, "24.00", "72", LANG_SON)
PEPPER: Final = Goods("09041100", "胡椒", False, "30.00", "58", LANG_SON)
TURMERIC: Final = Goods("09103000", "姜黄", False, "16.00", "110", LANG_SON)
DURIANS: Final = Goods("08106000", "鲜榴莲", True, "33.00", "54", MONG_CAI)
"""Goods that a rule or a control sends to officers share no heading with those that pass: what was
selected of a heading stays selected for its seller and its declarant."""

CARRIERS: Final = {
    "carrier:DX-TR01": ("样本东兴运输队", "莫大勇", DONGXING),
    "carrier:DX-TR02": ("样本北仑河物流", "Lê Văn Hùng", DONGXING),
    "carrier:RL-TR01": ("样本瑞丽运输队", "尹开泰", RUILI),
}
GATES: Final = {
    "gate:DX-1": ("岑晓峰", DONGXING),
    "gate:DX-2": ("凌志华", DONGXING),
    "gate:RL-1": ("线加强", RUILI),
}
REGISTRARS: Final = {"registrar-1": "石敏", "registrar-2": "汤慧"}
LEADER: Final = "leader:sample"
AUDITOR: Final = "auditor:sample"
