"""Instructions and the facts about their lots and parties."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import LOCKED, actor_as_kept, who_took
from services.settlement.domain.instructed import instructed_digest, sealed_digest
from services.settlement.domain.model import Conversion, Drawdown, LotFacts, Payment, Seller
from services.settlement.domain.states import InstructionState

_LOT: Final = """
    l.lot_id, l.port, l.state, l.direction, l.seller, l.group_code, l.submitted_by, l.value_minor,
    l.currency, l.seller_bank_bic, l.business_on, d.released_minor,
    d.reserved_minor + d.paid_minor AS drawn_minor,
    (
        SELECT 'enterprise:' || enterprise_code FROM v_purchases WHERE lot_id = l.lot_id LIMIT 1
    ) AS bought_by
"""
_DRAWN_ON: Final = "v_lots AS l LEFT JOIN drawdowns AS d ON d.lot_id = l.lot_id"
# Read in the lot's turn. While a bank contradicts itself over a lot, or has paid it against the
# record, two of its compliance look before the lot is paid again.
_FACTS = text(
    f"""
    SELECT {_LOT},
        EXISTS (
            SELECT FROM settlement_instructions AS i WHERE i.lot_id = l.lot_id
                AND i.state IN ('HELD', 'OFFERED', 'IN_PROGRESS')
        ) AS claimed,
        EXISTS (
            SELECT FROM settlement_instructions AS i JOIN bank_disputes AS p USING (instruction_id)
            WHERE i.lot_id = l.lot_id AND (p.resolved_at IS NULL OR p.finding = 'PAID_OUTSIDE')
        ) AS disputed,
        (
            SELECT instruction_id FROM settlement_instructions
            WHERE instructed_by = :party AND client_reference = :reference
        ) AS same_reference,
        (SELECT version FROM v_policy_version) AS policy_version,
        s.seller_code, s.name AS seller_name, s.country,
        coalesce(l.seller_account_bic, s.bank_bic) AS bank_bic,
        coalesce(l.seller_account, s.account) AS account,
        (
            SELECT json_object_agg(p.bank_bic, encode(p.sealed, 'hex')) FROM v_payer_accounts AS p
            WHERE p.party = coalesce('group:' || l.group_code, l.submitted_by)
        ) AS payer_accounts,
        g.name AS group_name, e.name AS enterprise_name, b.name AS bank_name
    FROM {_DRAWN_ON}
    LEFT JOIN LATERAL (
        -- Whom the lot was declared with; what the registry says of its account since is of others.
        SELECT * FROM v_sellers
        WHERE seller_code = l.seller_code OR (
            l.seller_code IS NULL AND (name_key = l.seller_key OR code_key = l.seller_key)
        )
        ORDER BY bank_bic = l.seller_bank_bic DESC, seller_code LIMIT 1
    ) AS s ON true
    LEFT JOIN v_groups AS g ON g.group_code = l.group_code
    LEFT JOIN v_enterprises AS e ON 'enterprise:' || e.enterprise_code = :party
    LEFT JOIN v_banks AS b ON b.bic = coalesce(l.seller_account_bic, s.bank_bic)
    WHERE l.lot_id = :lot_id
    """
)
_HELD_FACTS = text(
    f"""
    SELECT {_LOT}, q.gives_minor, q.gives_currency, q.gets_minor, q.gets_currency,
        q.at_mid_minor, q.rate,
        (SELECT name FROM v_sellers WHERE seller_code = i.seller_code) AS seller_name,
        {who_took(case="i.instruction_id", step="'sign'")} AS first_signer,
        l.seller_code AS bound_code, l.seller_account AS bound_account,
        l.seller_account_bic AS bound_bic,
        (
            SELECT body FROM events WHERE case_id = i.instruction_id AND step = 'instruct'
        ) AS instructed,
        EXISTS (
            SELECT FROM bank_disputes AS p
            WHERE p.instruction_id = i.instruction_id AND p.resolved_at IS NULL
        ) AS disputed
    FROM settlement_instructions AS i
    JOIN v_lots AS l ON l.lot_id = i.lot_id LEFT JOIN drawdowns AS d ON d.lot_id = l.lot_id
    LEFT JOIN firm_quotes AS q ON q.quote_id = i.firm_quote_id
    WHERE i.instruction_id = :id
    """
)
_LOT_OF: Final = (
    "(SELECT lot_id FROM settlement_instructions WHERE instruction_id = CAST(:id AS uuid))"
)
_LOCK = text(
    "SELECT i.*, header.version FROM"
    f" {LOCKED.format(lot=_LOT_OF, case='CAST(:id AS uuid)')},"
    " settlement_instructions AS i WHERE i.instruction_id = CAST(:id AS uuid) FOR UPDATE OF i"
)
_ONE = text(
    "SELECT i.*, c.version FROM settlement_instructions AS i"
    " JOIN cases AS c ON c.case_id = i.instruction_id WHERE i.instruction_id = :id"
)
_LIST = text(
    "SELECT i.*, c.version FROM settlement_instructions AS i"
    " JOIN cases AS c ON c.case_id = i.instruction_id"
    " WHERE (CAST(:bank AS text) IS NULL OR bank_bic = :bank)"
    " AND (CAST(:party AS text) IS NULL OR buyer = :party OR instructed_by = :party)"
    " AND (CAST(:after AS uuid) IS NULL OR instruction_id < :after)"
    " AND (CAST(:reference AS text) IS NULL OR client_reference = :reference)"
    " AND (CAST(:lot_id AS uuid) IS NULL OR i.lot_id = :lot_id)"
    " AND (CAST(:state AS text) IS NULL OR :state ="
    " CASE WHEN :outside AND i.state = 'HELD' AND i.hold_told_at > :now THEN 'OFFERED'"
    " ELSE i.state END)"
    " ORDER BY instruction_id DESC LIMIT :limit"
)
_DETAILS = text(
    """
    SELECT
        (
            SELECT json_agg(json_build_object('person', person, 'act', act, 'signed_at', signed_at)
                ORDER BY signed_at, person)
            FROM compliance_signatures WHERE instruction_id = :id
        ) AS signatures,
        (
            SELECT json_agg(json_build_object('role', role, 'list_name', list_name,
                'reference', reference, 'reason', reason) ORDER BY role, list_name, reference)
            FROM screening_hits WHERE instruction_id = :id
        ) AS hits,
        (
            SELECT json_agg(json_build_object('kind', kind, 'bop_code', bop_code,
                'purpose_code', purpose_code, 'paid_minor', paid_minor, 'currency', currency,
                'counter_country', counter_country, 'value_on', value_on, 'due_on', due_on)
                ORDER BY kind)
            FROM payment_reports WHERE instruction_id = :id
        ) AS reports,
        (
            SELECT json_agg(json_build_object('party', party, 'kind', kind,
                'amount_minor', amount_minor, 'currency', currency, 'issued_at', issued_at)
                ORDER BY kind)
            FROM settlement_advices WHERE instruction_id = :id
        ) AS advices
    """
)
#: Roles that read every instruction; all others read their own party's.
_READERS_OF_ALL = frozenset({"auditor"})


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What stands on record about a lot before it is paid, read in its turn."""

    policy_version: int
    lot: LotFacts
    drawdown: Drawdown
    claimed: bool
    disputed: bool
    same_reference: UUID | None
    seller: Seller | None
    payer_accounts: Mapping[str, bytes]
    """Bank → the account there that the payer is debited at, sealed."""
    names: tuple[tuple[str, str], ...]
    """Everybody who has a name here, by the part he has in the payment."""


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """What stands on record about a payment that is held, read in its lot's turn."""

    lot: LotFacts
    drawdown: Drawdown
    payment: Payment
    first_signer: Actor | None
    disputed: bool
    """Whether a dispute with its bank about it is open."""
    as_instructed: bool
    """Whether it still pays and debits whom the log says, and pays whom its lot is bound to."""


async def payment_facts(
    tx: Statements, lot_id: UUID, *, party: str, reference: str
) -> PaymentFacts | None:
    """The facts for a party's instruction, None if there is no such lot."""
    values = {"lot_id": lot_id, "party": party, "reference": reference}
    row = (await tx.execute(_FACTS, values)).one_or_none()
    if row is None:
        return None
    seller = None
    if row.seller_code is not None:
        seller = Seller(row.seller_code, row.seller_name, row.country, row.bank_bic, row.account)
    names = {
        "seller": row.seller_name,
        "buyer": row.group_name,
        "payer": row.enterprise_name,
        "bank": row.bank_name,
    }
    return PaymentFacts(
        policy_version=row.policy_version,
        lot=_lot(row),
        drawdown=_drawdown(row),
        claimed=row.claimed,
        disputed=row.disputed,
        same_reference=row.same_reference,
        seller=seller,
        payer_accounts={
            bic: bytes.fromhex(sealed) for bic, sealed in (row.payer_accounts or {}).items()
        },
        names=tuple((part, name) for part, name in names.items() if name),
    )


async def held_facts(tx: Statements, held: Row) -> HeldFacts:
    """The facts for a signature under a hold; the instruction is locked by now."""
    row = (await tx.execute(_HELD_FACTS, {"id": held.instruction_id})).one()
    signer = row.first_signer
    return HeldFacts(
        lot=_lot(row),
        drawdown=_drawdown(row),
        payment=_payment(held, row),
        first_signer=None if signer is None else actor_as_kept(signer),
        disputed=row.disputed,
        as_instructed=_as_instructed(held, row),
    )


def _as_instructed(held: Row, facts: Row) -> bool:
    paid = (held.seller_code, held.seller_account, held.seller_bank_bic)
    bound = (facts.bound_code, facts.bound_account, facts.bound_bic)
    if facts.bound_code is not None and paid != bound:
        return False
    # An event of a version that did not say it yet vouches for nothing.
    said = json.loads(facts.instructed).get("accounts")
    case, debited = show("stl", held.instruction_id), sealed_digest(held.payer_account)
    return said is None or said == instructed_digest(case, dict(held), debited)


def _lot(row: Row) -> LotFacts:
    return LotFacts(
        lot_id=show("lot", row.lot_id),
        port=row.port,
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


def _drawdown(row: Row) -> Drawdown:
    """How much of the lot's value has been drawn; nothing yet when it was never drawn on."""
    if row.released_minor is None:
        return Drawdown(Money(row.value_minor, row.currency), Money(0, row.currency))
    return Drawdown(Money(row.released_minor, row.currency), Money(row.drawn_minor, row.currency))


def _payment(held: Row, facts: Row) -> Payment:
    return Payment(
        instruction_id=held.instruction_id,
        lot_id=held.lot_id,
        buyer=held.buyer,
        seller=Seller(
            held.seller_code,
            facts.seller_name,
            held.seller_country,
            held.seller_bank_bic,
            held.seller_account,
        ),
        bank_bic=held.bank_bic,
        amount=Money(held.amount_minor, held.currency),
        paid=Money(held.paid_minor, held.paid_currency),
        purpose_code=held.purpose_code,
        exchange=None if held.firm_quote_id is None else conversion(facts),
        payer_account=None if held.payer_account is None else bytes(held.payer_account),
    )


def conversion(quote: Row) -> Conversion:
    """The exchange that a firm quote locked; never priced anew."""
    return Conversion(
        gives=Money(quote.gives_minor, quote.gives_currency),
        gets=Money(quote.gets_minor, quote.gets_currency),
        at_mid=Money(quote.at_mid_minor, quote.gets_currency),
        rate=quote.rate,
    )


async def locked(tx: Statements, instruction_id: UUID) -> Row:
    """The instruction with its version, in its lot's turn and locked. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_LOCK, {"id": instruction_id})).one_or_none()
    if row is None:
        raise Refused(not_found())
    return row


async def visible(tx: Statements, instruction_id: UUID, actor: Actor) -> Row:
    """An instruction that the caller may read. Raises Refused NOT_FOUND otherwise."""
    row = (await tx.execute(_ONE, {"id": instruction_id})).one_or_none()
    if row is None or not _may_read(actor, row):
        raise Refused(not_found())
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


def is_kept_back(row: Row, now: datetime) -> bool:
    """Whether that an instruction is held is told to nobody outside yet."""
    told_at: datetime | None = row.hold_told_at
    return row.state == InstructionState.HELD and told_at is not None and now < told_at


def is_taken_to_others(row: Row, now: datetime) -> bool:
    """Whether one that a hold keeps, or kept, back counts to its payer as taken by its bank."""
    told_at: datetime | None = row.hold_told_at
    return row.as_taken_at is not None and told_at is not None and now < told_at


async def page_rows(
    tx: Statements,
    actor: Actor,
    *,
    limit: int,
    after: UUID | None,
    reference: str | None = None,
    lot_id: UUID | None = None,
    state: str | None = None,
    now: datetime,
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
        # As whoever is not inside is shown it.
        "outside": not everyone and bank is None,
        "now": now,
        "limit": limit + 1,
    }
    return (await tx.execute(_LIST, values)).all()


async def details(tx: Statements, instruction_id: UUID) -> Row:
    """Everything that hangs on an instruction: signatures, hits, reports, advices."""
    return (await tx.execute(_DETAILS, {"id": instruction_id})).one()


def not_found() -> Refusal:
    """The same answer for what is not there and what is not the reader's to see."""
    return NOT_FOUND.at()
