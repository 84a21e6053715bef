"""Before money is promised: does the amount fit, is the background genuine, is anybody listed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.rule import asked
from services.platform.act import Act
from services.settlement.commands.attending import patience
from services.settlement.domain.model import Payment
from services.settlement.domain.rules import matching, reporting, screening
from services.settlement.domain.rules.screening import NAME_CLOSE, NAME_HIT, Hit
from services.settlement.queries.instructions import PaymentFacts

# Everybody a payment touches, as hashes: names by their normalised form and by those one edit away,
# residents of the lot by the keyed hash of their number, so that no personal data leaves the
# registry. The tickets' partition is found when the statement runs.
_LISTED = text(
    """
    SELECT kind, match_hash, list_name, reference FROM screening_entries
    WHERE kind = 'NAME' AND match_hash = ANY(CAST(:hashes AS bytea[]))
    UNION
    SELECT e.kind, c.close_hash, e.list_name, e.reference FROM screening_close_names AS c
    JOIN screening_entries AS e USING (entry_id)
    WHERE c.close_hash = ANY(CAST(:hashes AS bytea[]))
    UNION
    SELECT e.kind, e.match_hash, e.list_name, e.reference FROM v_tickets AS t
    JOIN v_residents AS r USING (resident_id)
    JOIN screening_entries AS e ON e.kind = 'RESIDENT' AND e.match_hash = r.resident_no_hash
    WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid))
    """
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found: any doubt holds the payment; what fits may be drawn at once."""

    doubts: tuple[str, ...]
    hits: tuple[Hit, ...]
    fits: bool


async def examine(act: Act, payment: Payment, facts: PaymentFacts) -> Examined:
    """Why two persons of the bank must look before this payment goes on, if anything.

    Whatever later steps need of the policy must be there before any money is promised: raises
    Refused POLICY_MISSING.
    """
    law = await act.law()
    _require_policies(law, act)
    day = business_day(act.at)
    mismatch = asked(day, matching.amount_matches, payment.amount, facts.drawdown)
    hits = await _screen(act, payment, facts.names)
    background = matching.Background(
        facts.lot, payment.amount, payment.seller.bank_bic, payment.seller.country
    )
    doubts = (
        *(("AMOUNT_MISMATCH",) if mismatch else ()),
        *matching.background_doubts(background),
        *(r for r in (NAME_HIT, NAME_CLOSE) if any(hit.reason == r for hit in hits)),
        *(("EARLIER_PAYMENT_DISPUTED",) if facts.disputed else ()),
        *(("BIG_AMOUNT_CHECK",) if _big(payment.amount, law, act) else ()),
    )
    return Examined(doubts, hits, fits=not mismatch)


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


async def _screen(act: Act, payment: Payment, names: Iterable[tuple[str, str]]) -> tuple[Hit, ...]:
    subjects = {role: [screening.name_hash(name)] for role, name in names}
    near = {role: screening.near_hashes(name) for role, name in names}
    hashes = [value for part in (subjects, near) for values in part.values() for value in values]
    entries: dict[bytes, list[tuple[str, str]]] = {}
    for found in await act.execute(_LISTED, hashes=hashes, lot_id=payment.lot_id):
        entries.setdefault(found.match_hash, []).append((found.list_name, found.reference))
        if found.kind == "RESIDENT":
            subjects.setdefault("resident", []).append(found.match_hash)
    listed = screening.hits(subjects, entries)
    return (*listed, *screening.close_hits(near, entries, listed))
