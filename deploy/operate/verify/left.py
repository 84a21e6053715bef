"""What of the record nothing is compared with the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from deploy.operate.verify.books import COMPARED as BOOKS
from deploy.operate.verify.derived import COMPARED as DERIVED
from deploy.operate.verify.documents import COMPARED
from deploy.operate.verify.ends import COMPARED as ENDS
from deploy.operate.verify.ledger import COMPARED as LEDGER
from deploy.operate.verify.records import KEPT
from deploy.operate.verify.registers import REGISTERS
from deploy.operate.verify.shares import COMPARED as SHARES
from deploy.operate.verify.sums import BALANCES
from deploy.operate.verify.together import TOGETHER
from migrations.vouched import NAMES_BEFORE

_A_CLOCK: Final = "a clock is moved by more than one act's own word"
_TOLD: Final = "who was told what, and by which way: it decides nothing"
REASONS: Final[Mapping[str, str]] = {
    "bank_keys.confirm_from of keys decided upon": _A_CLOCK,
    "quota_days of days long past": "a day's quota decides on that day alone",
    "register_changes.confirm_from of changes decided upon": _A_CLOCK,
    "truck_loads of days long past": "a load decides on its own entry alone",
    "bank_statuses of no payment": "what names no payment, or changed nothing, books nothing",
    "case_grounds": "a person's own words beside an event, by which nothing is decided",
    "notice_codes": _TOLD,
    "notice_contacts": _TOLD,
    "notice_deliveries": _TOLD,
    "notice_people": _TOLD,
    "notice_places": _TOLD,
    "notice_reads": _TOLD,
    "notices": _TOLD,
    "papers": "each stands as long as the record says the same, whatever is kept of it",
    "webhooks": "where a party is told: it decides nothing",
}
"""Of what of the record nothing is compared with the log, and why not."""
IN_PART: Final = tuple(name for name in REASONS if "." in name or " " in name)
_BESIDE: Final = {
    *SHARES,
    *BOOKS,
    *ENDS,
    *DERIVED,
    *LEDGER,
    "quota_days",
    "port_tickets",
    "truck_loads",
    "touches",
    "screening_close_names",
}


def not_compared(tables: Sequence[str]) -> list[str]:
    """The tables of which no column is compared with the log, and what is not of the others."""
    compared = {
        *_BESIDE,
        *COMPARED,
        *REGISTERS,
        NAMES_BEFORE,
        *(one.table for one in (*KEPT, *BALANCES, *TOGETHER)),
    }
    return sorted({*tables, *IN_PART} - compared)
