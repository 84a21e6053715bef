"""What is let go, and what its bank is to take, is screened anew: what nobody has seen yet holds it
anew, for two signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.platform.act import Act
from services.platform.database import Row
from services.platform.vault import Vault
from services.settlement.commands.examining import payment_screen
from services.settlement.commands.standing import payment_stand
from services.settlement.domain import events
from services.settlement.domain.rules import disputing
from services.settlement.domain.rules import screening as rules
from services.settlement.domain.rules.doubts import rules_of
from services.settlement.domain.rules.screening import Hit
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.domain.worded import hits_digest
from services.settlement.queries import instructions, screening
from services.settlement.queries.instructions import HeldFacts
from services.settlement.queries.outside import offered_to_others

_HITS: Final = """found AS (
        INSERT INTO screening_hits (instruction_id, role, list_name, reference, reason, found_at)
        SELECT CAST(:id AS uuid), role, list_name, reference, reason, CAST(:at AS timestamptz)
        FROM unnest(
            CAST(:roles AS text[]), CAST(:lists AS text[]), CAST(:references AS text[]),
            CAST(:reasons AS text[])
        ) AS h (role, list_name, reference, reason)
        ON CONFLICT (instruction_id, role, list_name, reference)
            DO UPDATE SET reason = EXCLUDED.reason, found_at = EXCLUDED.found_at
    ), lapsed AS (
        UPDATE compliance_signatures SET lapsed_at = CAST(:at AS timestamptz)
        WHERE instruction_id = CAST(:id AS uuid) AND act = 'release' AND lapsed_at IS NULL
    )"""
_HOLD: Final = text(f"""
    WITH {_HITS}
    UPDATE settlement_instructions SET held_for = CAST(:held_for AS text[]), untold = untold + 1
    WHERE instruction_id = CAST(:id AS uuid)
""")
# What is reserved stays so: its payer is told of one that its bank has taken, as it would have.
_HOLD_OFFERED: Final = text(f"""
    WITH {_HITS}, withdrawn AS (
        UPDATE bank_messages SET withdrawn_at = CAST(:at AS timestamptz),
            closed_at = CAST(:at AS timestamptz)
        WHERE instruction_id = CAST(:id AS uuid)
    )
    UPDATE settlement_instructions SET state = :state, held_for = CAST(:held_for AS text[]),
        untold = untold + 1, offered_at = NULL,
        first_offered_at = CAST(:first_offered_at AS timestamptz),
        hold_told_at = CAST(:told_at AS timestamptz),
        as_taken_at = coalesce(as_taken_at, CAST(:at AS timestamptz))
    WHERE instruction_id = CAST(:id AS uuid)
""")
SCREENED_ANEW: Final = "SET-38"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the lists say of a payment: what was on record of it, and what nobody has seen yet."""

    known: tuple[Hit, ...]
    unseen: tuple[Hit, ...]
    beside: tuple[str, ...]
    """The doubts that another payment of its lot casts on it, and nobody has seen yet."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it is held anew; nothing when all was seen before."""
        return (*self.beside, *(hit.reason for hit in self.unseen))


async def screened_anew(act: Act, facts: HeldFacts, vault: Vault) -> Seen:
    """Everybody whom a payment touches, compared with the lists as they are now; and whether
    another payment of its lot is in dispute by now."""
    payment = facts.payment
    known = await screening.hits_of(act, payment.instruction_id)
    parties = await screening.parties_of(act, payment.instruction_id)
    found = await payment_screen(act, payment, parties, vault)
    return Seen(known, rules.unseen(found, known), facts.another_doubts)


async def hold_anew(act: Act, case: str, held: Row, facts: HeldFacts, seen: Seen) -> None:
    """A held payment is held for what was found, too; what was signed before has lapsed.

    Its payer is told nothing of it: no version that is told outside ever counts it.
    """
    reasons = _together(held.held_for, seen.doubts)
    await act.execute(_HOLD, **_found(act, held, seen, reasons))
    told = {"told_at": held.hold_told_at, "first_offered_at": held.first_offered_at}
    _record(act, case, facts, seen, reasons, rule=SCREENED_ANEW, **told)


async def held_at_taking(act: Act, offered: Row, vault: Vault) -> tuple[str, ...]:
    """For what a payment, locked, is held now that its bank would take it, which nobody has seen.

    One that its bank says it is at work on is its bank's, as if taken. Raises Refused
    POLICY_MISSING.
    """
    if offered.state != InstructionState.OFFERED:
        return ()
    facts = await instructions.held_facts(act, offered)
    seen = await screened_anew(act, facts, vault)
    if rules.handed_out(seen.unseen) and disputing.goes_out_beside(seen.beside):
        return ()
    await _offered_hold(act, show("stl", offered.instruction_id), offered, facts, seen)
    return seen.doubts


async def _offered_hold(act: Act, case: str, offered: Row, facts: HeldFacts, seen: Seen) -> None:
    """An offered payment, which its bank has not taken, is held for what was found since.

    To its payer it is one that its bank has taken, until the policy's time. Raises Refused
    POLICY_MISSING.
    """
    state = INSTRUCTION.move(InstructionState(offered.state), "hold")
    reasons = _together(offered.held_for, seen.doubts)
    law, day = await act.law(), business_day(act.at)
    told = {
        "told_at": act.at + timedelta(seconds=law.integer("settle.hold_told_after_s", on=day)),
        "first_offered_at": offered_to_others(offered),
    }
    found = _found(act, offered, seen, reasons)
    await act.execute(_HOLD_OFFERED, **found, state=state.value, **told)
    _record(act, case, facts, seen, reasons, rule=rules.SCREENED_AT_TAKING, **told)
    if offered.as_taken_at is None:
        as_taken = events.HeldPaymentAsTaken(bank_bic=offered.bank_bic)
        act.record(case, as_taken, step="as_taken")
    payment_stand(act, case, offered.bank_bic, state)
    act.tell(case)


def _found(act: Act, held: Row, seen: Seen, reasons: Sequence[str]) -> dict[str, Any]:
    return {
        "id": held.instruction_id,
        "at": act.at,
        "roles": [hit.role for hit in seen.unseen],
        "lists": [hit.list_name for hit in seen.unseen],
        "references": [hit.reference for hit in seen.unseen],
        "reasons": [hit.reason for hit in seen.unseen],
        "held_for": list(reasons),
    }


def _record(
    act: Act,
    case: str,
    facts: HeldFacts,
    seen: Seen,
    reasons: tuple[str, ...],
    *,
    rule: str,
    told_at: datetime | None,
    first_offered_at: datetime | None,
) -> None:
    now = {(h.role, h.list_name, h.reference): h for h in (*seen.known, *seen.unseen)}
    anew = events.SettlementHeldAnew(
        reasons=reasons,
        rules=(
            *rules_of(reasons),
            *((rule,) if seen.unseen else ()),
            *((disputing.GOES_OUT_BESIDE,) if seen.beside else ()),
        ),
        hits=hits_digest(case, now.values()),
        told_at=told_at,
        first_offered_at=first_offered_at,
    )
    act.record(case, anew, step=f"hold:{facts.held_anew + 1}")


def _together(before: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *found)))
