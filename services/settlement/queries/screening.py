"""The entries of the screening lists that hold a bank's payments; never what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered
from services.settlement.domain.model import Named
from services.settlement.domain.rules.screening import Hit

_OF: Final = f"""
    SELECT e.entry_id, e.list_name, e.reference, e.kind, e.sample, e.bank_bic, e.added_by,
        e.added_at, e.ending_by, e.ending_at, e.ending_remark, e.ended_by, e.ended_at,
        {version_of("e.entry_id")}
    FROM screening_entries AS e
"""
_ONE: Final = text(f"{_OF} WHERE e.entry_id = :id")
_LIST: Final = Filtered(
    f"""{_OF}
    WHERE ASKED(e.bank_bic IS NULL OR e.bank_bic = :bank)
        AND ASKED((e.ended_at IS NOT NULL) = :ended)
        AND ASKED(e.entry_id > :after)
    ORDER BY e.entry_id LIMIT :limit
    """
)


_PARTIES: Final = text("""
    SELECT s.name AS seller, s.names_before AS seller_before,
        g.name AS buyer, g.names_before AS buyer_before,
        e.name AS payer, e.names_before AS payer_before,
        b.name AS bank, b.names_before AS bank_before
    FROM settlement_instructions AS i
    LEFT JOIN v_sellers AS s ON s.seller_code = i.seller_code
    LEFT JOIN v_groups AS g ON 'group:' || g.group_code = i.buyer
    LEFT JOIN v_enterprises AS e ON 'enterprise:' || e.enterprise_code = i.instructed_by
    LEFT JOIN v_banks AS b ON b.bic = i.seller_bank_bic
    WHERE i.instruction_id = :id
""")
_HITS: Final = text(
    "SELECT role, list_name, reference, reason FROM screening_hits WHERE instruction_id = :id"
)
_PARTS: Final = ("seller", "buyer", "payer", "bank")


async def parties_of(tx: Statements, instruction_id: UUID) -> tuple[Named, ...]:
    """Everybody who has a name in a payment, as the registry names and named them."""
    row = (await tx.execute(_PARTIES, {"id": instruction_id})).one()
    return tuple(
        Named(part, name, tuple(getattr(row, f"{part}_before") or ()))
        for part in _PARTS
        if (name := getattr(row, part))
    )


async def hits_of(tx: Statements, instruction_id: UUID) -> tuple[Hit, ...]:
    """What the lists said of a payment by now."""
    found = await tx.execute(_HITS, {"id": instruction_id})
    return tuple(Hit(row.role, row.list_name, row.reference, row.reason) for row in found)


async def entry(tx: Statements, entry_id: UUID) -> Row:
    """An entry that is on record."""
    return (await tx.execute(_ONE, {"id": entry_id})).one()


async def visible(tx: Statements, entry_id: UUID, actor: Actor) -> Row:
    """An entry that the caller may read: every bank's, the own bank's, to auditors all.

    Raises Refused NOT_FOUND otherwise.
    """
    row = (await tx.execute(_ONE, {"id": entry_id})).one_or_none()
    if row is None or not (
        actor.role == "auditor" or row.bank_bic is None or actor.is_party("bank", row.bank_bic)
    ):
        raise Refused(NOT_FOUND.at())
    return row


async def page_rows(tx: Statements, actor: Actor, **filters: object) -> Sequence[Row]:
    """Entries that the caller may read, oldest first, as many as ``limit`` says."""
    bank = None if actor.role == "auditor" else actor.party_code
    return (await tx.execute(_LIST, {"bank": bank, **filters})).all()
