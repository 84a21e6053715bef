"""Before money is promised: does the amount fit, is the background genuine, is anybody listed?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.rule import asked
from services.platform import payer_accounts
from services.platform.act import Act
from services.platform.vault import Vault
from services.settlement.commands.patience import patience
from services.settlement.domain.model import Named, Payment
from services.settlement.domain.rules import matching, reporting, screening
from services.settlement.domain.rules.screening import NAME_CLOSE, NAME_HIT, Hit
from services.settlement.queries.holders import other_holders
from services.settlement.queries.instructions import PaymentFacts

# Everybody a payment touches, as hashes: names by their normalised form and by those one edit away,
# residents of the lot by the keyed hash of their number, so that no personal data leaves the
# registry. The tickets' partition is found when the statement runs.
_LISTED = text(
    """
    WITH listed AS NOT MATERIALIZED (
        SELECT * FROM screening_entries
        WHERE ended_at IS NULL AND (bank_bic IS NULL OR bank_bic = :bank_bic)
    )
    SELECT kind, match_hash, list_name, reference FROM listed
    WHERE kind = 'NAME' AND match_hash = ANY(CAST(:hashes AS bytea[]))
    UNION
    SELECT e.kind, c.close_hash, e.list_name, e.reference FROM screening_close_names AS c
    JOIN listed AS e USING (entry_id)
    WHERE c.close_hash = ANY(CAST(:hashes AS bytea[]))
    UNION
    SELECT e.kind, e.match_hash, e.list_name, e.reference FROM v_tickets AS t
    JOIN v_residents AS r USING (resident_id)
    JOIN listed AS e ON e.kind = 'RESIDENT' AND e.match_hash = r.resident_no_hash
    WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid))
    """
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found: any doubt holds the payment; what fits may be drawn at once."""

    doubts: tuple[str, ...]
    hits: tuple[Hit, ...]
    fits: bool


async def payment_examine(
    act: Act, payment: Payment, facts: PaymentFacts, vault: Vault
) -> Examined:
    """Why two persons of the bank must look before this payment goes on, if anything.

    Whom the registry names is screened, as he was called before too, whom the bank is told to
    debit, and whoever else has or had an account that is debited or credited.

    Whatever later steps need of the policy must be there before any money is promised: raises
    Refused POLICY_MISSING.
    """
    law = await act.law()
    _require_policies(law, act)
    day = business_day(act.at)
    mismatch = asked(day, matching.amount_matches, payment.amount, facts.drawdown)
    hits = await payment_screen(act, payment, facts.parties, vault)
    background = matching.Background(
        facts.lot, payment.amount, payment.seller.bank_bic, payment.seller.country
    )
    elsewhere = screening.held_elsewhere(facts.held_by, bank=payment.bank_bic)
    doubts = (
        *(("AMOUNT_MISMATCH",) if mismatch else ()),
        *matching.background_doubts(background),
        *(r for r in (NAME_HIT, NAME_CLOSE) if any(hit.reason == r for hit in hits)),
        *(("EARLIER_PAYMENT_DISPUTED",) if facts.disputed else ()),
        *(("EARLIER_PAYMENT_ANSWERED",) if facts.disputed_untold else ()),
        *(("EARLIER_PAYMENT_HELD",) if elsewhere else ()),
        *(("BIG_AMOUNT_CHECK",) if _big(payment.amount, law, act) else ()),
    )
    return Examined(doubts, hits, fits=not mismatch)


async def payment_screen(
    act: Act, payment: Payment, parties: Iterable[Named], vault: Vault
) -> tuple[Hit, ...]:
    """What the lists say now of everybody whom a payment touches; ``parties`` are named in it."""
    named = [*parties, *_debited(payment, vault)]
    names = [borne for party in named for borne in screening.names_borne(party)]
    others = await other_holders(act, payment, vault)
    names += screening.others_named(((o.part, o.name) for o in others), besides=names)
    return await _screen(act, payment, names)


def _require_policies(law: PolicyBook, act: Act) -> None:
    day = business_day(act.at)
    law.get("bop.code.hushi", on=day)
    law.get("aml.person_crossborder_cny", on=day)
    patience(law, act.at)


def _big(amount: Money, law: PolicyBook, act: Act) -> bool:
    day = business_day(act.at)
    return amount.currency == "CNY" and reporting.big_amount(
        amount,
        usd_rate=law.decimal("bop.usd_cny_reference", on=day),
        threshold_usd=law.decimal("bop.big_amount_usd_goods", on=day),
    )


def _debited(payment: Payment, vault: Vault) -> Iterator[Named]:
    """The holder of the payer's account, whose name the message bears as its debtor's."""
    if payment.payer_account is not None:
        yield Named("holder", payer_accounts.opened(payment.payer_account, vault).holder)


async def _screen(act: Act, payment: Payment, names: Iterable[tuple[str, str]]) -> tuple[Hit, ...]:
    subjects: dict[str, list[bytes]] = {}
    near: dict[str, list[bytes]] = {}
    for role, name in names:
        subjects.setdefault(role, []).append(screening.name_hash(name))
        near.setdefault(role, []).extend(screening.near_hashes(name))
    hashes = [value for part in (subjects, near) for values in part.values() for value in values]
    values = {"hashes": hashes, "lot_id": payment.lot_id, "bank_bic": payment.bank_bic}
    entries: dict[bytes, list[tuple[str, str]]] = {}
    for found in await act.execute(_LISTED, **values):
        entries.setdefault(found.match_hash, []).append((found.list_name, found.reference))
        if found.kind == "RESIDENT":
            subjects.setdefault("resident", []).append(found.match_hash)
    listed = screening.hits(subjects, entries)
    return (*listed, *screening.close_hits(near, entries, listed))
