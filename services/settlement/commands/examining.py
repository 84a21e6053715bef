"""Before money moves: draw the value down once, check the background, screen the names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import Event, MoneyBody
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import SYSTEM, Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.settlement.domain import events
from services.settlement.domain.model import LotFacts
from services.settlement.domain.refusals import refusal
from services.settlement.domain.rules import matching, reporting, screening
from services.settlement.domain.rules.screening import Hit
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.queries import instructions
from workflows.ports.settlement import SettlementStanding

# The check drawn <= released is the last guard; the condition makes the refusal a plain answer.
_DRAW = text(
    "INSERT INTO drawdowns AS d (lot_id, currency, released_minor, drawn_minor)"
    " VALUES (:lot_id, :currency, :released, :amount)"
    " ON CONFLICT (lot_id) DO UPDATE SET drawn_minor = d.drawn_minor + excluded.drawn_minor"
    " WHERE d.currency = excluded.currency"
    " AND d.drawn_minor + excluded.drawn_minor <= d.released_minor"
    " RETURNING lot_id"
)
_GIVE_BACK = text("UPDATE drawdowns SET drawn_minor = drawn_minor - :amount WHERE lot_id = :lot_id")
_MOVE = text(
    "UPDATE settlement_instructions SET state = :state, held_for = CAST(:held_for AS text[]),"
    " drawn_minor = :drawn_minor, ended_at = :ended_at, version = version + 1"
    " WHERE instruction_id = :id"
)
_HITS = text(
    "INSERT INTO screening_hits (instruction_id, role, list_name, reference, found_at)"
    " VALUES (:id, :role, :list_name, :reference, :at) ON CONFLICT DO NOTHING"
)
# Everybody a payment touches, as hashes: names by their normalised form, residents of the lot by
# the keyed hash of their number, so that no personal data leaves the registry.
_LISTED = text(
    "SELECT e.match_hash, e.list_name, e.reference FROM screening_entries AS e"
    " WHERE e.kind = 'NAME' AND e.match_hash = ANY(CAST(:hashes AS bytea[]))"
)
_LISTED_RESIDENTS = text(
    "SELECT DISTINCT e.match_hash, e.list_name, e.reference FROM v_tickets AS t"
    " JOIN v_residents AS r USING (resident_id)"
    " JOIN screening_entries AS e ON e.kind = 'RESIDENT' AND e.match_hash = r.resident_no_hash"
    " WHERE t.lot_id = :lot_id"
)
_NAMES = text(
    "SELECT (SELECT name FROM v_sellers WHERE seller_code = :seller) AS seller,"
    " (SELECT name FROM v_groups WHERE 'group:' || group_code = :buyer) AS buyer,"
    " (SELECT name FROM v_enterprises WHERE 'enterprise:' || enterprise_code = :by) AS payer,"
    " (SELECT name FROM v_banks WHERE bic = :bank) AS bank"
)
_DISPUTED = text(
    "SELECT EXISTS (SELECT FROM settlement_instructions AS i"
    " JOIN bank_statuses AS s USING (instruction_id)"
    " WHERE i.lot_id = :lot_id AND i.instruction_id <> :id AND i.state = 'REJECTED'"
    " AND s.disposition = 'LATE' AND s.code IN ('ACSC', 'ACCC'))"
)
_SIGN = text(
    "INSERT INTO compliance_signatures (instruction_id, person, act, remark, signed_at)"
    " VALUES (:id, :person, :act, :remark, :at)"
)
_SIGNED = text(
    "SELECT person FROM compliance_signatures WHERE instruction_id = :id AND act = 'release'"
)
#: What compliance must not wave through: it would pay what was never released.
_NEVER_RELEASED: Final = frozenset({"BACKGROUND_NOT_RELEASED", "BACKGROUND_VALUE_EXCEEDED"})


def standing(row: Row, state: InstructionState, book: PolicyBook) -> SettlementStanding:
    """Where an instruction stands, with the patience that the policy has for its bank."""
    at = SettlementStanding(
        instruction_id=show("stl", row.instruction_id),
        state=state.value,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
    if INSTRUCTION.is_final(state):
        return at
    day = business_day(row.requested_at)
    patience = {
        "ask_after_s": book.integer("settle.ask_after_s", on=day),
        "ask_at_most_every_s": book.integer("settle.ask_at_most_every_s", on=day),
        "escalate_after_s": book.integer("settle.sla_s", on=day),
    }
    return at.model_copy(update=patience)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What an examination found: refusals end the case, doubts hold it."""

    refusals: tuple[Refusal, ...] = ()
    doubts: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    drawable: bool = False


async def examine(
    tx: Tx, case: str, *, book: PolicyBook, now: datetime
) -> tuple[InstructionState, Row]:
    """Examine an instruction once: CLEARED, HELD for compliance, or REFUSED. Never raises
    Refused: what cannot be judged (a missing legal parameter) is refused, visibly."""
    row = await instructions.locked(tx, uuid_of(case, "stl"))
    if row.state != InstructionState.REQUESTED:
        return InstructionState(row.state), row
    try:
        found = await _found(tx, row, book, now)
    except Refused as refused:
        found = _Finding(refusals=refused.refusals)
    drawn = found.drawable and await value_draw_down(tx, row, case, now)
    if found.drawable and not drawn:
        found = _Finding(refusals=(refusal("DUPLICATE"),))
    return await _conclude(tx, row, case, found, drawn, now), row


async def _found(tx: Tx, row: Row, book: PolicyBook, now: datetime) -> _Finding:
    lot = await instructions.lot(tx, row.lot_id)
    if lot is None:
        return _Finding(refusals=(refusal("NOT_RELEASED"),))
    _check_policies(row, book, now)
    amount = Money(row.amount_minor, row.currency)
    drawdown = await instructions.drawdown(tx, row.lot_id, lot.value)
    refusals = [matching.payable(lot), matching.paid_once(drawdown, other_open=False)]
    ended = tuple(r for r in refusals if r is not None)
    mismatch = matching.amount_matches(amount, drawdown)
    hits = await _screen(tx, row)
    doubts = (
        *(() if mismatch is None else ("AMOUNT_MISMATCH",)),
        *_background(row, lot, amount),
        *(("NAME_HIT",) if hits else ()),
        *(("EARLIER_PAYMENT_DISPUTED",) if await _disputed(tx, row) else ()),
        *(("BIG_AMOUNT_CHECK",) if _big(amount, book, now) else ()),
    )
    return _Finding(ended, doubts, hits, drawable=not ended and mismatch is None)


async def _disputed(tx: Tx, row: Row) -> bool:
    """Whether a bank says of an earlier payment for the lot, which it had rejected, that it paid.

    Only persons can find out, so two of the bank's compliance look before the lot is paid again.
    """
    found = await tx.execute(_DISPUTED, {"lot_id": row.lot_id, "id": row.instruction_id})
    return bool(found.scalar_one())


def _check_policies(row: Row, book: PolicyBook, now: datetime) -> None:
    """Whatever later steps need of the policy must be there before any money is promised."""
    day = business_day(now)
    book.get("bop.code.hushi", on=day)
    book.get("aml.person_crossborder_cny", on=day)
    standing(row, InstructionState.REQUESTED, book)


def _background(row: Row, lot: LotFacts, amount: Money) -> tuple[str, ...]:
    return matching.background_doubts(
        matching.Background(lot, amount, row.seller_bank_bic, row.seller_country)
    )


def _big(amount: Money, book: PolicyBook, now: datetime) -> bool:
    day = business_day(now)
    return amount.currency == "CNY" and reporting.big_amount(
        amount,
        usd_rate=book.decimal("bop.usd_cny_reference", on=day),
        threshold_usd=book.decimal("bop.big_amount_usd_goods", on=day),
    )


async def _screen(tx: Tx, row: Row) -> tuple[Hit, ...]:
    parties = {
        "seller": row.seller_code,
        "buyer": row.buyer,
        "by": row.instructed_by,
        "bank": row.seller_bank_bic,
    }
    names = (await tx.execute(_NAMES, parties)).one()
    subjects = {role: [screening.name_hash(name)] for role, name in names.items() if name}
    hashes = [value for values in subjects.values() for value in values]
    entries: dict[bytes, list[tuple[str, str]]] = {}
    for found in await tx.execute(_LISTED, {"hashes": hashes}):
        entries.setdefault(found.match_hash, []).append((found.list_name, found.reference))
    residents = (await tx.execute(_LISTED_RESIDENTS, {"lot_id": row.lot_id})).all()
    for found in residents:
        entries.setdefault(found.match_hash, []).append((found.list_name, found.reference))
    if residents:
        subjects["resident"] = [found.match_hash for found in residents]
    return screening.hits(subjects, entries)


async def value_draw_down(tx: Tx, row: Row, case: str, now: datetime) -> bool:
    """Claim the amount of the lot's released value; False when it is not there to claim."""
    lot = await instructions.lot(tx, row.lot_id)
    if lot is None:
        return False
    values = {
        "lot_id": row.lot_id,
        "currency": lot.value.currency,
        "released": lot.value.minor,
        "amount": row.amount_minor,
    }
    if row.amount_minor > lot.value.minor or row.currency != lot.value.currency:
        return False
    if (await tx.execute(_DRAW, values)).one_or_none() is None:
        return False
    event = events.ReleasedValueDrawnDown(lot_id=lot.lot_id, amount=_amount(row))
    await event_log.append(tx, case=case, event=event, step="draw_down", actor=SYSTEM, at=now)
    return True


async def give_back(tx: Tx, row: Row) -> None:
    """Return drawn value to its lot: the payment did not happen."""
    if row.drawn_minor:
        await tx.execute(_GIVE_BACK, {"lot_id": row.lot_id, "amount": row.drawn_minor})


async def _conclude(
    tx: Tx, row: Row, case: str, found: _Finding, drawn: bool, now: datetime
) -> InstructionState:
    event: Event
    if found.refusals:
        act, reasons = "refuse", tuple(r.code for r in found.refusals)
        event = events.SettlementRefused(reasons=reasons)
    elif found.doubts:
        act, reasons = "hold", found.doubts
        event = events.SettlementHeld(reasons=reasons)
    else:
        act, reasons = "clear", ()
        event = events.SettlementCleared()
    state = INSTRUCTION.move(InstructionState(row.state), act)
    for hit in found.hits:
        values = {
            "id": row.instruction_id,
            "role": hit.role,
            "list_name": hit.list_name,
            "reference": hit.reference,
            "at": now,
        }
        await tx.execute(_HITS, values)
    await _move(tx, row, state, reasons, row.amount_minor if drawn else 0, now)
    await event_log.append(tx, case=case, event=event, step="examine", actor=SYSTEM, at=now)
    return state


async def _move(
    tx: Tx,
    row: Row,
    state: InstructionState,
    reasons: Sequence[str],
    drawn_minor: int,
    now: datetime,
) -> None:
    values = {
        "id": row.instruction_id,
        "state": state.value,
        "held_for": list(reasons),
        "drawn_minor": drawn_minor,
        "ended_at": now if INSTRUCTION.is_final(state) else None,
    }
    await tx.execute(_MOVE, values)


async def compliance_sign(
    tx: Tx,
    case: str,
    *,
    act: str,
    remark: str,
    actor: Actor,
    expected_version: int | None,
    now: datetime,
) -> InstructionState:
    """One person's signature under a hold; a release takes a second person's (四眼原则).

    Raises Refused NOT_FOUND, STATE_CONFLICT, VERSION_MISMATCH, SAME_PERSON, NOT_RELEASABLE.
    """
    row = await instructions.locked(tx, uuid_of(case, "stl"))
    if not actor.is_party("bank", row.bank_bic):
        raise Refused(Refusal("NOT_FOUND", "No such settlement instruction at your bank."))
    if expected_version is not None and expected_version != row.version:
        raise Refused(Refusal("VERSION_MISMATCH", "The case has changed; read it again."))
    if row.state != InstructionState.HELD:
        raise Refused(INSTRUCTION.conflict(InstructionState(row.state), act))
    signed = (await tx.execute(_SIGNED, {"id": row.instruction_id})).scalars()
    if act == "release" and actor.subject in signed:
        raise Refused(refusal("SAME_PERSON"))
    values = {"id": row.instruction_id, "person": actor.subject, "act": act, "remark": remark}
    await tx.execute(_SIGN, {**values, "at": now})
    if act == "refuse":
        return await _refuse(tx, row, case, actor, now)
    if not signed:
        return await _first_signature(tx, row, case, actor, now)
    return await _release(tx, row, case, (signed[0], actor.subject), actor, now)


async def _first_signature(
    tx: Tx, row: Row, case: str, actor: Actor, now: datetime
) -> InstructionState:
    if _NEVER_RELEASED.intersection(row.held_for):
        raise Refused(refusal("NOT_RELEASABLE"))
    await _move(tx, row, InstructionState.HELD, row.held_for, row.drawn_minor, now)
    event = events.SettlementReleaseSigned(person=actor.subject)
    await event_log.append(tx, case=case, event=event, step="sign", actor=actor, at=now)
    return InstructionState.HELD


async def _refuse(tx: Tx, row: Row, case: str, actor: Actor, now: datetime) -> InstructionState:
    state = INSTRUCTION.move(InstructionState(row.state), "refuse")
    await give_back(tx, row)
    await _move(tx, row, state, row.held_for, 0, now)
    event = events.SettlementRefused(reasons=tuple(row.held_for))
    await event_log.append(tx, case=case, event=event, step="refuse", actor=actor, at=now)
    return state


async def _release(
    tx: Tx, row: Row, case: str, persons: tuple[str, str], actor: Actor, now: datetime
) -> InstructionState:
    if not screening.four_eyes(*persons):
        raise Refused(refusal("SAME_PERSON"))
    if not row.drawn_minor and not await value_draw_down(tx, row, case, now):
        raise Refused(refusal("NOT_RELEASABLE"))
    state = INSTRUCTION.move(InstructionState(row.state), "clear")
    await _move(tx, row, state, row.held_for, row.amount_minor, now)
    event = events.SettlementCleared(released_by=persons)
    await event_log.append(tx, case=case, event=event, step="clear", actor=actor, at=now)
    return state


def _amount(row: Row) -> MoneyBody:
    money = Money(row.amount_minor, row.currency)
    return MoneyBody(amount=money.amount, currency=money.currency)
