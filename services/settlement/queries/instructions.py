"""Instructions and the facts about their lots and parties."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.platform.database import Row, Tx
from services.settlement.domain.model import Drawdown, LotFacts
from services.settlement.domain.refusals import refusal

_LOT = text(
    "SELECT lot_id, state, direction, seller, group_code, submitted_by, value_minor, currency,"
    " seller_bank_bic, business_on, (SELECT 'enterprise:' || enterprise_code FROM v_purchases"
    " WHERE lot_id = :lot_id LIMIT 1) AS bought_by FROM v_lots WHERE lot_id = :lot_id"
)
_DRAWDOWN = text(
    "SELECT currency, released_minor, drawn_minor FROM drawdowns WHERE lot_id = :lot_id"
)
_OTHER_OPEN = text(
    "SELECT EXISTS (SELECT FROM settlement_instructions WHERE lot_id = :lot_id"
    " AND instruction_id IS DISTINCT FROM :own"
    " AND state IN ('REQUESTED', 'HELD', 'CLEARED', 'OFFERED', 'IN_PROGRESS'))"
)
_SELLER = text(
    "SELECT seller_code, name, bank_bic, account, country FROM v_sellers"
    " WHERE name = :seller OR seller_code = :seller ORDER BY bank_bic = :bic DESC LIMIT 1"
)
_SELLER_OF = text("SELECT name FROM v_sellers WHERE seller_code = :seller_code")
_LOCKED = text("SELECT * FROM settlement_instructions WHERE instruction_id = :id FOR UPDATE")
_ONE = text("SELECT * FROM settlement_instructions WHERE instruction_id = :id")
_LIST = text(
    "SELECT * FROM settlement_instructions"
    " WHERE (CAST(:bank AS text) IS NULL OR bank_bic = :bank)"
    " AND (CAST(:party AS text) IS NULL OR buyer = :party OR instructed_by = :party)"
    " AND (CAST(:after AS uuid) IS NULL OR instruction_id < :after)"
    " AND (CAST(:reference AS text) IS NULL OR client_reference = :reference)"
    " AND (CAST(:lot_id AS uuid) IS NULL OR lot_id = :lot_id)"
    " AND (CAST(:state AS text) IS NULL OR state = :state)"
    " ORDER BY instruction_id DESC LIMIT :limit"
)
_SIGNATURES = text(
    "SELECT person, act, remark, signed_at FROM compliance_signatures"
    " WHERE instruction_id = :id ORDER BY signed_at, person"
)
_HITS = text(
    "SELECT role, list_name, reference FROM screening_hits WHERE instruction_id = :id"
    " ORDER BY role, list_name, reference"
)
_ADVICES = text(
    "SELECT party, kind, amount_minor, currency, issued_at FROM settlement_advices"
    " WHERE instruction_id = :id ORDER BY kind"
)
_REPORTS = text(
    "SELECT kind, bop_code, purpose_code, paid_minor, currency, counter_country, value_on, due_on"
    " FROM payment_reports WHERE instruction_id = :id ORDER BY kind"
)
#: Roles that read every instruction; all others read their own party's.
_READERS_OF_ALL = frozenset({"auditor"})


async def lot(tx: Tx, lot_id: UUID) -> LotFacts | None:
    """A lot as settlement sees it, None if there is no such lot."""
    row = (await tx.execute(_LOT, {"lot_id": lot_id})).one_or_none()
    if row is None:
        return None
    return LotFacts(
        lot_id=show("lot", row.lot_id),
        state=row.state,
        direction=row.direction,
        seller=row.seller,
        group_code=row.group_code,
        submitted_by=row.submitted_by,
        value=Money(row.value_minor, row.currency),
        seller_bank_bic=row.seller_bank_bic,
        business_on=row.business_on,
        bought_by=row.bought_by,
    )


async def drawdown(tx: Tx, lot_id: UUID, value: Money) -> Drawdown:
    """How much of a lot's value has been drawn; nothing yet when it was never drawn on."""
    row = (await tx.execute(_DRAWDOWN, {"lot_id": lot_id})).one_or_none()
    if row is None:
        return Drawdown(value, Money(0, value.currency))
    return Drawdown(Money(row.released_minor, row.currency), Money(row.drawn_minor, row.currency))


async def other_open(tx: Tx, lot_id: UUID, own: UUID | None) -> bool:
    """Whether another instruction already claims the lot."""
    return bool((await tx.execute(_OTHER_OPEN, {"lot_id": lot_id, "own": own})).scalar_one())


async def seller(tx: Tx, facts: LotFacts) -> Row:
    """The registered seller of a lot, by name or code. Raises Refused SELLER_UNKNOWN."""
    values = {"seller": facts.seller, "bic": facts.seller_bank_bic}
    row = (await tx.execute(_SELLER, values)).one_or_none()
    if row is None:
        raise Refused(refusal("SELLER_UNKNOWN", "/lot_id"))
    return row


async def seller_name(tx: Tx, seller_code: str) -> str:
    """The registered name of a seller."""
    return str((await tx.execute(_SELLER_OF, {"seller_code": seller_code})).scalar_one())


async def locked(tx: Tx, instruction_id: UUID) -> Row:
    """The instruction's row, locked for a step. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_LOCKED, {"id": instruction_id})).one_or_none()
    if row is None:
        raise Refused(_not_found())
    return row


async def visible(tx: Tx, instruction_id: UUID, actor: Actor) -> Row:
    """An instruction that the caller may read. Raises Refused NOT_FOUND otherwise."""
    row = (await tx.execute(_ONE, {"id": instruction_id})).one_or_none()
    if row is None or not _may_read(actor, row):
        raise Refused(_not_found())
    return row


def _may_read(actor: Actor, row: Row) -> bool:
    if actor.role in _READERS_OF_ALL:
        return True
    own = {row.buyer, row.instructed_by, f"bank:{row.bank_bic}"}
    return actor.party in own


def reads_inside(actor: Actor, row: Row) -> bool:
    """Whether a reader may know why an instruction is held, what was hit and who signed.

    Only the executing bank and auditors: a party that learns of a hit is warned (反洗钱法, 2025).
    """
    return actor.role in _READERS_OF_ALL or actor.is_party("bank", row.bank_bic)


async def page_rows(
    tx: Tx,
    actor: Actor,
    *,
    limit: int,
    after: UUID | None,
    reference: str | None = None,
    lot_id: UUID | None = None,
    state: str | None = None,
) -> Sequence[Row]:
    """Instructions that the caller may read, newest first, one more than the page holds."""
    everyone = actor.role in _READERS_OF_ALL
    bank = actor.party_code if actor.party_kind == "bank" else None
    values = {
        "bank": None if everyone else bank,
        "party": None if everyone or bank else actor.party,
        "after": after,
        "reference": reference,
        "lot_id": lot_id,
        "state": state,
        "limit": limit + 1,
    }
    return (await tx.execute(_LIST, values)).all()


async def details(tx: Tx, instruction_id: UUID) -> dict[str, Sequence[Row]]:
    """Everything that hangs on an instruction: signatures, hits, reports, advices."""
    values = {"id": instruction_id}
    return {
        "signatures": (await tx.execute(_SIGNATURES, values)).all(),
        "hits": (await tx.execute(_HITS, values)).all(),
        "reports": (await tx.execute(_REPORTS, values)).all(),
        "advices": (await tx.execute(_ADVICES, values)).all(),
    }


def _not_found() -> Refusal:
    return Refusal("NOT_FOUND", "No such settlement instruction of yours; list them to find it.")
