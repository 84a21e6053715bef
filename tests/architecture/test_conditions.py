"""A column by which the code decides is compared with the log, or somebody has said why it is not.

The tests that change a table by hand take their columns from what is compared: of one that was
forgotten, or left out for a reason that does not hold, they know nothing. These take theirs from
what the code reads in a condition (``tests/support/conditions.py``).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from deploy.operate.evidence import vouched
from deploy.operate.evidence_left import ALL_OF, IDENTITY, WHERE_IT_STANDS
from deploy.operate.verify.left import REASONS
from deploy.operate.verify.registers import REGISTERS
from migrations.apply import deciding_tables, load_tables
from services.platform.database import metadata
from tests.support.conditions import read_in_conditions

load_tables()
ONE_BY_ONE: Final = sorted(set(deciding_tables()) - {*REASONS, *ALL_OF, *REGISTERS})
_ANOTHERS: Final = "its condition is on a column of that name of another table in the same text"
_SHOWN: Final = "it is shown or sought by, in a list; nothing is decided by it"
_CALLS: Final = "a person is called by it; nothing is let through or kept back"
_UNSAID: Final = "no event says it: not compared, and known to be"
NOT_COMPARED: Final = {
    ("accreditations", "ended_on"): _UNSAID + "; an accreditation that has ended is in no CERTIFIED"
    " state, which is compared",
    ("accreditations", "port"): _UNSAID + "; which port's officers see the case",
    ("bank_disputes", "due_at"): _CALLS,
    ("bank_messages", "instruction_ref"): _UNSAID
    + "; what a bank says finds its payment by it, and"
    " is compared with that payment's own events",
    ("bank_messages", "sealed"): "one that is said to be sealed, and is not, is opened by no key",
    ("bank_messages", "uetr"): "as `instruction_ref`",
    ("bank_reports", "bank_bic"): "whether the bank has sent a message of that number before; what"
    " a report's lines do is compared",
    ("bank_reports", "body"): "the view's digest is made of it, and compared",
    ("bank_reports", "message_ref"): "as `bank_bic`",
    ("bank_reports", "received_at"): "which report that is left over is carried out first",
    ("books", "port"): _UNSAID + "; which port's officers see the case",
    ("capacity_years", "capacity_kg"): "the condition is on the value that the same act writes, as"
    " was filed",
    (
        "compliance_signatures",
        "lapsed_at",
    ): "one that has lapsed is no row of the view: it is missed,"
    " or named as one of which the log says nothing",
    ("credit_decisions", "decided_at"): _ANOTHERS,
    ("credit_decisions", "signer"): _ANOTHERS,
    ("drawdowns", "currency"): _ANOTHERS,
    ("factory_orders", "cancelled_at"): "the view's state is made of it, and compared with the"
    " header and with the order's events",
    ("factory_orders", "currency"): _UNSAID + "; an offer's and a purchase's events say theirs",
    ("factory_orders", "reference"): _ANOTHERS,
    ("findings", "items"): _SHOWN,
    ("findings", "remark"): _SHOWN,
    ("findings", "signed_at"): _SHOWN,
    ("findings", "signer_remark"): _SHOWN,
    ("firm_quotes", "price_id"): _ANOTHERS,
    ("hand_answers", "bank_bic"): _UNSAID + "; whose persons see it: what is confirmed counts for"
    " the payments that the kept body names, whose digest is compared",
    ("hand_answers", "body"): "the view's digest is made of it, and compared",
    ("inspection_orders", "business_on"): _ANOTHERS,
    ("inspection_orders", "due_at"): "in which order a queue is shown",
    ("lot_amendments", "amended_at"): _ANOTHERS,
    ("lot_amendments", "seller_key"): _UNSAID + "; of a former seller the log says the code, which"
    " is compared",
    ("lots", "reference_key"): "whether its party has used the reference before; `reference` is"
    " compared",
    ("manifests", "foreign_plate"): _ANOTHERS,
    ("outputs", "grounds"): _SHOWN,
    ("passkeys", "bound_at"): "one that is not bound is no row of the view: it is missed",
    ("passkeys", "credential_id"): "which key answers is told by the key, which is compared",
    ("passkeys", "sign_count"): "the phone's own count, of which no event is told; each answer is"
    " checked anew by its signature",
    ("payment_reports", "created_at"): _ANOTHERS,
    ("policy_parameters", "effective_to"): "compared as a whole (`verify/law.py`)",
    ("policy_parameters", "revocation_asked_by"): _SHOWN,
    ("risk_controls", "resident_id"): _ANOTHERS,
    ("register_changes", "confirm_from"): _CALLS + "; from when on it may be confirmed is asked at"
    " the confirmation",
    ("risk_rules", "decided_at"): _ANOTHERS,
    ("risk_rules", "title"): _SHOWN,
    ("risk_rules", "titles"): _SHOWN,
    ("screening_entries", "ending_at"): _CALLS + "; who may sign second is asked of the log",
    ("screenings", "business_on"): _ANOTHERS,
    ("screenings", "perishable"): _ANOTHERS,
    ("screenings", "port"): _SHOWN,
    ("screenings", "seed_id"): "the draw is computed again under it (`verify/draws.py`)",
    ("settlement_instructions", "drawn_minor"): "the lot's balance is the sum of it, and compared",
    ("settlement_instructions", "escalated_at"): _CALLS,
    ("settlement_instructions", "value_on"): "as the bank's word, whose digest is compared",
    ("tickets", "currency"): _ANOTHERS,
}
"""Columns that are read in a condition and compared with nothing, each with its reason, which
somebody has looked for in the code. Whoever adds one looks, too."""


@cache
def read() -> dict[tuple[str, str], set[str]]:
    """What is read in conditions, by which files; of the tables that are compared one by one."""
    return {place: files for place, files in read_in_conditions().items() if place[0] in ONE_BY_ONE}


def compared() -> set[tuple[str, str]]:
    """What is compared, names rows (others are missed, or named), or is a case's own state."""
    columns = {(t, c.name): c for t in ONE_BY_ONE for c in metadata.tables[t].columns}
    names = {p for p, c in columns.items() if c.primary_key or p[1] in IDENTITY}
    return {*vouched(), *names, *((table, "state") for table in WHERE_IT_STANDS)}


@pytest.mark.parametrize("table", ONE_BY_ONE)
def test_what_is_decided_by_is_compared_or_somebody_has_said_why_not(table: str) -> None:
    left = {place: files for place, files in read().items() if place[0] == table}
    for place in left.keys() - compared() - NOT_COMPARED.keys():
        raise AssertionError(f"{place} decides in {sorted(left[place])}: compare it, or say why")


def test_a_reason_is_given_for_no_column_that_is_compared_or_decides_nothing() -> None:
    assert not NOT_COMPARED.keys() & compared()
    assert NOT_COMPARED.keys() <= read().keys()


@pytest.mark.parametrize(
    "place",
    [
        # In a statement, in a function of the database, by a view, and in a part of a statement.
        ("bank_messages", "withdrawn_at"),
        ("risk_controls", "set_at"),
        ("inspection_orders", "concluded_at"),
        ("name_reports", "decided_at"),
        ("gate_entries", "plate_key"),
        ("screening_entries", "added_at"),
        ("register_changes", "decided_at"),
    ],
)
def test_a_column_by_which_is_decided_is_found(place: tuple[str, str]) -> None:
    assert place in read()
