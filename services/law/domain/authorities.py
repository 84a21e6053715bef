"""What the parameters rest on that the window starts with, in words; officers write their own."""

from __future__ import annotations

import re
from typing import Final

_SURE: Final = (
    ("ASSUMPTION", re.compile(r"DA\b|operator's default")),
    ("SAMPLE", re.compile(r"(?i)sample\b")),
    ("UNKNOWN", re.compile(r"unknown: ")),
    ("PRACTICE", re.compile(r".*\bOK: ")),
)
_MARKS: Final = re.compile(
    r"^(DA:?|SAMPLE:|unknown:) | \((OK: )?to be confirmed\)|(,| OK:) to be confirmed$|(?<=[ (])OK: "
)
"""By which an authority says how sure it is; a person reads that in words beside it."""

AUTHORITIES: Final = (
    "Customs Law",
    "Customs Law; per day",
    "Customs Law: goods are declared within 14 days of their entry",
    "Decree 14/2018/ND-CP",
    "Dongxing model 1+n20+1",
    "GACC Order 251",
    "GACC Order 251 and its standard",
    "GACC Order 251 (copy); under Order 282",
    "GACC Order 282",
    "GACC and MOFTEC Order 56 (1996)",
    "GB 1589-2016",
    "ISO 20022 ExternalStatusReason1Code (copy of about 2024, file the newest edition)",
    "PBoC",
    "RCEP 4.11",
    "RCEP 4.11: strictly less",
    "RCEP 4.15: at most",
    "RCEP chapter 3",
    "RCEP chapter 4",
    "SAFE",
    "SAFE transaction codes 2014 (121080, 121990 or 122990, to be confirmed)",
    "Tariff Law",
    "Tariff Law; per day",
    "Youyi Guan practice",
    "Youyi Guan practice since March 2025",
    "a material has the rule with which its commodity is filed; to be confirmed",
    "a phone and a second one",
    "a silent bank is asked again after this, then ever more slowly",
    "above the floor of Order 251 (W22)",
    "an hour at most is open to whoever runs the database, to be confirmed by the operator",
    "anti-money-laundering law forbids tipping off",
    "as long as two people stand at one desk",
    "border-trade settlement platform of Guangxi",
    "as long as a firm quote is locked; with the first to end ends the price of all",
    "by as much as clocks may differ; goods are declared when they are in",
    "by as much as clocks may differ; a truck is declared before it enters",
    "design assumption",
    "design assumption, to be confirmed by each port",
    "design assumption, to be confirmed: no text says by when it is found out whose use of a name"
    " it was",
    "design assumption, to be confirmed: no text says how long a selection follows the goods",
    "far longer than any caller repeats a request, to be confirmed by the operator",
    "from reading a share to touching for it",
    "keeps the average below the limit of Order 251 (W22)",
    "local systems",
    "no authority is known to demand it",
    "of fewer, the lots of one trader would be known",
    "operator",
    "operator's default: a larger move needs this many banks",
    "operator's default: a period is opened at most a quarter ahead",
    "operator's default: a quote weighs at most twice the middle one",
    "operator's default: a thousand million yuan a quote",
    "operator's default: a tier stands within two percent of its quote's mid",
    "operator's default: an e-book is balanced at least once a year",
    "operator's default: bought goods reach their factory within two weeks",
    "operator's default, in any base: more than a border deals",
    "operator's default: twice the share beyond which a quote is dropped",
    "past midnight, a bank's book may still be at the day before",
    "policy paper 1 (Dongxing)",
    "reference rate for the big-amount check, sample",
    "sample after the Labour Code of Viet Nam, article 112, and the holidays announced for 2026:"
    " not the official text; 2027 is not known until it is filed",
    "share of the declared gross weight by which a weighbridge may differ",
    "share of the declared net weight by which a weight found may differ",
    "so that a truck which is recorded twice has come in once",
    "so that no name and no quota is held for a day",
    "so that nobody is pressed",
    "so that the bank sees first by which key money is booked",
    "so that the bank sees first who is to pay and release in its name",
    "so that the resident in whose name it is sees it first",
    "so that nobody alone leaves but friends in the pool that a draw is made from",
    "so that whoever deals with a seller sees it first",
    "so that whoever is moved to another port, or called otherwise, sees it first",
    "so that whoever never was at the desk hears of it first",
    "the Monday on which the first bank of the rota had its first turn",
    "the standard under Order 282 was not found; as under Order 251",
    "to be confirmed; a commodity may name its own",
    "two persons; nobody unfit waits a day in the pool",
    "two persons; nothing that is on file is replaced",
    "whoever looks at a draw sees a month of what changed its pool",
    "wide, so that a past day may be played from files",
    "财关税〔2008〕90号, kept by 财关税〔2024〕7号",
    "财关税〔2016〕18号, 财关税〔2018〕49号",
)


def how_sure(authority: str) -> str | None:
    """How sure an authority says it is; None where it owns to nothing less than a text."""
    return next((sure for sure, mark in _SURE if mark.match(authority)), None)


def plain(authority: str) -> str:
    """An authority without the marks of how sure it is."""
    return _MARKS.sub("", authority)
