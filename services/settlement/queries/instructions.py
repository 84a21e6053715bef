"""Instructions and the facts about their lots and parties."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import reference_key
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.columns import reference_key_of
from services.platform.database import Row, Statements
from services.platform.event_log import LOCKED, actor_as_kept
from services.platform.filtered import Filtered
from services.platform.standing import state_told
from services.settlement.domain.events import SettlementHeldAnew, SettlementReleaseSigned
from services.settlement.domain.instructed import instructed_digest, sealed_digest
from services.settlement.domain.model import (
    Conversion,
    Drawdown,
    LotFacts,
    Named,
    Payment,
    Seller,
)
from services.settlement.domain.states import INSTRUCTION
from services.settlement.queries.disputes import DISPUTED, LOT_DISPUTED, LOT_DISPUTED_UNTOLD
from services.settlement.queries.earlier import ANOTHER_DOUBTS
from services.settlement.queries.released_value import (
    CLAIMED,
    DRAWN_ON,
    LOT,
    drawdown_of,
    lot_of,
)

# Read in the lot's turn. While a bank contradicts itself over a lot, or has paid it against the
# record, two of its compliance look before the lot is paid again; and so they do of what another
# bank's screening held until it was taken back or refused, as long as no bank has let one of it go
# since: that one bank refuses is no other bank's word that it may be paid.
_FACTS = text(
    f"""
    SELECT {LOT},
        {CLAIMED} AS claimed,
        {LOT_DISPUTED} AS disputed,
        {LOT_DISPUTED_UNTOLD} AS disputed_untold,
        ARRAY(
            SELECT DISTINCT h.bank_bic FROM settlement_instructions AS h
            WHERE h.lot_id = l.lot_id AND h.state IN ('CANCELLED', 'REFUSED')
                AND h.offered_at IS NULL
                AND h.held_for && ARRAY['NAME_HIT', 'NAME_CLOSE']
                AND NOT EXISTS (
                    SELECT FROM settlement_instructions AS w
                    WHERE w.lot_id = h.lot_id AND w.requested_at > h.requested_at
                        AND w.offered_at IS NOT NULL
                )
        ) AS held_by,
        (
            SELECT instruction_id FROM settlement_instructions
            WHERE instructed_by = :party
                AND {reference_key_of("client_reference")} = :reference_key
            ORDER BY instruction_id LIMIT 1
        ) AS same_reference,
        (SELECT version FROM v_policy_version) AS policy_version,
        s.seller_code, s.name AS seller_name, s.country,
        coalesce(l.seller_account_bic, s.bank_bic) AS bank_bic,
        coalesce(l.seller_account, s.account) AS account,
        (
            SELECT json_object_agg(p.bank_bic, encode(p.sealed, 'hex')) FROM v_payer_accounts AS p
            WHERE p.party = coalesce('group:' || l.group_code, l.submitted_by)
        ) AS payer_accounts,
        g.name AS group_name, e.name AS enterprise_name, b.name AS bank_name,
        s.names_before AS seller_before, g.names_before AS group_before,
        e.names_before AS enterprise_before, b.names_before AS bank_before
    FROM {DRAWN_ON}
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
# Who signed before it was held anew has signed for something else.
_FIRST_SIGNER: Final = f"""(
            SELECT actor FROM events
            WHERE case_id = i.instruction_id AND type = '{SettlementReleaseSigned.__name__}'
                AND seq > coalesce((
                    SELECT max(seq) FROM events
                    WHERE case_id = i.instruction_id AND type = '{SettlementHeldAnew.__name__}'
                ), 0)
            ORDER BY seq LIMIT 1
        )"""
_OF_TYPE: Final = (
    "(SELECT count(*) FROM events WHERE case_id = i.instruction_id AND type = '{type}')"
)
_HELD_FACTS = text(
    f"""
    SELECT {LOT}, q.gives_minor, q.gives_currency, q.gets_minor, q.gets_currency,
        q.at_mid_minor, q.rate,
        (SELECT name FROM v_sellers WHERE seller_code = i.seller_code) AS seller_name,
        {_FIRST_SIGNER} AS first_signer,
        {_OF_TYPE.format(type=SettlementHeldAnew.__name__)} AS held_anew,
        {_OF_TYPE.format(type=SettlementReleaseSigned.__name__)} AS signed,
        EXISTS (SELECT FROM bank_messages WHERE instruction_id = i.instruction_id) AS was_offered,
        l.seller_code AS bound_code, l.seller_account AS bound_account,
        l.seller_account_bic AS bound_bic,
        (
            SELECT body FROM events WHERE case_id = i.instruction_id AND step = 'instruct'
        ) AS instructed,
        {DISPUTED} AS disputed,
        {ANOTHER_DOUBTS} AS another_doubts
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
_LIST = Filtered(
    "SELECT i.*, c.version FROM settlement_instructions AS i"
    " JOIN cases AS c ON c.case_id = i.instruction_id"
    " WHERE ASKED(bank_bic = :bank)"
    " AND ASKED(buyer = :party OR instructed_by = :party)"
    " AND ASKED(instruction_id < :after)"
    f" AND ASKED({reference_key_of('client_reference')} = :reference)"
    " AND ASKED(i.lot_id = :lot_id)"
    " AND ASKED(state: :state"
    f" = {state_told(INSTRUCTION, 'i', outside=':outside', now=':now')})"
    " ORDER BY instruction_id DESC LIMIT :limit"
)
_DETAILS = text(
    """
    SELECT
        (
            SELECT json_agg(json_build_object('person', person, 'act', act, 'remark', remark,
                'signed_at', signed_at) ORDER BY signed_at, person)
            FROM compliance_signatures WHERE instruction_id = :id AND lapsed_at IS NULL
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
    disputed_untold: bool
    """Whether that is so of one of which its parties are not told."""
    held_by: tuple[str, ...]
    """The banks whose screening held a payment of the lot, which nobody has let go since."""
    same_reference: UUID | None
    seller: Seller | None
    payer_accounts: Mapping[str, bytes]
    """Bank → the account there that the payer is debited at, sealed."""
    parties: tuple[Named, ...]
    """Everybody who has a name here."""


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """What stands on record about a payment that is held, read in its lot's turn."""

    lot: LotFacts
    drawdown: Drawdown
    payment: Payment
    first_signer: Actor | None
    """Who has signed since it was held, or held anew."""
    held_anew: int
    """How many times it was."""
    was_signed: bool
    """Whether anybody ever signed that it go out."""
    was_offered: bool
    """Whether its bank was offered it before: then its funds are reserved."""
    disputed: bool
    """Whether a dispute with its bank about it is open of which its parties are told."""
    another_doubts: tuple[str, ...]
    """Which doubts another payment of its lot casts on it, and nobody has seen yet."""
    as_instructed: bool
    """Whether it still pays and debits whom the log says, and pays whom its lot is bound to."""


async def payment_facts(
    tx: Statements, lot_id: UUID, *, party: str, reference: str
) -> PaymentFacts | None:
    """The facts for a party's instruction, None if there is no such lot."""
    values = {"lot_id": lot_id, "party": party, "reference_key": reference_key(reference)}
    row = (await tx.execute(_FACTS, values)).one_or_none()
    if row is None:
        return None
    seller = None
    if row.seller_code is not None:
        seller = Seller(row.seller_code, row.seller_name, row.country, row.bank_bic, row.account)
    names = {
        "seller": (row.seller_name, row.seller_before),
        "buyer": (row.group_name, row.group_before),
        "payer": (row.enterprise_name, row.enterprise_before),
        "bank": (row.bank_name, row.bank_before),
    }
    return PaymentFacts(
        policy_version=row.policy_version,
        lot=lot_of(row),
        drawdown=drawdown_of(row),
        claimed=row.claimed,
        disputed=row.disputed,
        disputed_untold=row.disputed_untold,
        held_by=tuple(row.held_by),
        same_reference=row.same_reference,
        seller=seller,
        payer_accounts={
            bic: bytes.fromhex(sealed) for bic, sealed in (row.payer_accounts or {}).items()
        },
        parties=tuple(
            Named(part, name, tuple(before or ())) for part, (name, before) in names.items() if name
        ),
    )


async def held_facts(tx: Statements, held: Row) -> HeldFacts:
    """The facts for a signature under a hold; the instruction is locked by now."""
    row = (await tx.execute(_HELD_FACTS, {"id": held.instruction_id})).one()
    signer = row.first_signer
    return HeldFacts(
        lot=lot_of(row),
        drawdown=drawdown_of(row),
        payment=_payment(held, row),
        first_signer=None if signer is None else actor_as_kept(signer),
        held_anew=row.held_anew,
        was_signed=row.signed > 0,
        was_offered=row.was_offered,
        disputed=row.disputed,
        another_doubts=tuple(row.another_doubts),
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
        "reference": None if reference is None else reference_key(reference),
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
