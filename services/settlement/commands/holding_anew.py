"""What is let go is screened anew: what nobody has seen yet holds it anew, for two signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from services.platform.act import Act
from services.platform.database import Row
from services.platform.vault import Vault
from services.settlement.commands.examining import payment_screen
from services.settlement.domain import events
from services.settlement.domain.model import Payment
from services.settlement.domain.rules import screening as rules
from services.settlement.domain.rules.doubts import rules_of
from services.settlement.domain.rules.screening import Hit
from services.settlement.domain.worded import hits_digest
from services.settlement.queries import screening
from services.settlement.queries.instructions import HeldFacts

_HOLD: Final = text("""
    WITH found AS (
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
    )
    UPDATE settlement_instructions SET held_for = CAST(:held_for AS text[]), untold = untold + 1
    WHERE instruction_id = CAST(:id AS uuid)
""")
SCREENED_ANEW: Final = "SET-38"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the lists say of a payment: what was on record of it, and what nobody has seen yet."""

    known: tuple[Hit, ...]
    unseen: tuple[Hit, ...]


async def screened_anew(act: Act, payment: Payment, vault: Vault) -> Seen:
    """Everybody whom a payment touches, compared with the lists as they are now."""
    known = await screening.hits_of(act, payment.instruction_id)
    parties = await screening.parties_of(act, payment.instruction_id)
    found = await payment_screen(act, payment, parties, vault)
    return Seen(known, rules.unseen(found, known))


async def hold_anew(act: Act, case: str, held: Row, facts: HeldFacts, seen: Seen) -> None:
    """A held payment is held for what was found, too; what was signed before has lapsed.

    Its payer is told nothing of it: no version that is told outside ever counts it.
    """
    reasons = _together(held.held_for, [hit.reason for hit in seen.unseen])
    await act.execute(
        _HOLD,
        id=held.instruction_id,
        at=act.at,
        roles=[hit.role for hit in seen.unseen],
        lists=[hit.list_name for hit in seen.unseen],
        references=[hit.reference for hit in seen.unseen],
        reasons=[hit.reason for hit in seen.unseen],
        held_for=list(reasons),
    )
    now = {(h.role, h.list_name, h.reference): h for h in (*seen.known, *seen.unseen)}
    anew = events.SettlementHeldAnew(
        reasons=reasons,
        rules=(*rules_of(reasons), SCREENED_ANEW),
        hits=hits_digest(case, now.values()),
    )
    act.record(case, anew, step=f"hold:{facts.held_anew + 1}")


def _together(before: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *found)))
