"""A bank takes a message: an act of the record, though it asks for it by reading.

Whoever is first counts: what its bank has taken its payer takes back no more, and what is taken
back is not taken. The first taking is recorded with it, in one statement; each later one reads.
Where anybody was listed, or filed under another name, since it was offered, the payment is locked
and screened anew before.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import Event
from services.kernel.identifiers import show
from services.kernel.messages import Actor, Answer
from services.kernel.refusal import Refused
from services.platform.act import RECORD, Act
from services.platform.acting import Acting, act_by_reading, locked_act_by_reading
from services.platform.database import Database, Row, Statements
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.settlement.commands.holding_anew import held_at_taking
from services.settlement.commands.offering import SEALED_BODY
from services.settlement.commands.signatories import ANSWERS, signatory_required
from services.settlement.domain import events
from services.settlement.domain.rules.screening import withheld
from services.settlement.queries import instructions
from services.settlement.queries.banking import GOES_OUT, SCREENING_DUE, not_handed_out

_THERE: Final = f"""
    SELECT message_id, instruction_id, body, sealed, fetched_at, {SCREENING_DUE} AS screening_due
    FROM bank_messages AS m
    WHERE {{which}} = :id AND bank_bic = :bic AND withdrawn_at IS NULL AND {GOES_OUT}
"""
_MESSAGE: Final = text(_THERE.format(which="message_id"))
_OF_PAYMENT: Final = text(_THERE.format(which="instruction_id"))
# After the case's lock, as whoever takes it back has it, and on the row as it stands then.
_MARK: Final = f"""
        UPDATE bank_messages AS m SET fetched_at = CAST(:at AS timestamptz)
        FROM lock_case(NULL, CAST(:case AS uuid)) AS header (version)
        WHERE m.message_id = CAST(:id AS uuid) AND m.withdrawn_at IS NULL AND m.fetched_at IS NULL
            AND {GOES_OUT}
        RETURNING m.message_id
    """
_MARKED = text(_MARK)
_TAKE = text(f"WITH taken AS ({_MARK}) SELECT {RECORD} FROM taken")
_AS_TAKEN = text(
    f"""
    WITH as_taken AS (
        UPDATE settlement_instructions AS i SET as_taken_at = CAST(:at AS timestamptz)
        FROM lock_case(NULL, CAST(:case AS uuid)) AS header (version)
        WHERE i.instruction_id = CAST(:case AS uuid) AND i.state = 'HELD'
            AND i.as_taken_at IS NULL
        RETURNING i.instruction_id
    )
    SELECT {RECORD} FROM as_taken
    """
)
_GIVEN: Final = Answer(status=200, body={})
"""What is kept of the answer: that there was one, so that verify finds whom the event answers."""
TAKE: Final = "take"
"""The step of a payment's case by which its message is taken, once."""


def taken(message_id: UUID, *, by_hand: bool) -> Event:
    """That a bank has a message."""
    return events.PaymentMessageTaken(message_id=show("msg", message_id), by_hand=by_hand)


async def message_fetch(
    database: Database, policies: PolicyCache, vault: Vault, message_id: UUID, acting: Acting
) -> bytes:
    """A message offered to this bank, as the bank's system takes it.

    Raises Refused NOT_FOUND, NOT_RELEASED (its lot is called in), NAME_IN_QUESTION, HELD_ANEW
    (somebody in it was listed since it was offered).
    """
    async with act_by_reading(database, policies, acting) as act:
        found = await _there(act, message_id, acting.actor)
        if not found.screening_due:
            return await _taken(act, found, vault, by_hand=False)
    async with locked_act_by_reading(database, policies, acting, _GIVEN) as act:
        found, doubts = await _taken_screened(act, found, vault, by_hand=False)
    return _handed_out(found, doubts, vault)


async def message_take(
    database: Database, policies: PolicyCache, vault: Vault, instruction_id: UUID, acting: Acting
) -> bytes:
    """The message of a payment, taken by a signatory of its bank, who carries it out by hand.

    Raises Refused NOT_FOUND, NOT_RELEASED (called in meanwhile), NAME_IN_QUESTION,
    SIGNATORY_NOT_ON_FILE, HELD_ANEW.
    """
    async with act_by_reading(database, policies, acting) as act:
        found = await _there(act, instruction_id, acting.actor, of_payment=True)
        await signatory_required(act, ANSWERS)
        if not found.screening_due:
            return await _taken(act, found, vault, by_hand=True)
    async with locked_act_by_reading(database, policies, acting, _GIVEN) as act:
        found, doubts = await _taken_screened(act, found, vault, by_hand=True)
    return _handed_out(found, doubts, vault)


async def held_as_taken(
    database: Database, policies: PolicyCache, instruction_id: UUID, acting: Acting
) -> None:
    """A bank has asked what waits for it: what it holds, kept back, counts as taken from now on."""
    async with act_by_reading(database, policies, acting) as act:
        event = events.HeldPaymentAsTaken(bank_bic=acting.actor.party_code)
        act.record(show("stl", instruction_id), event, step="as_taken")
        values = {"case": instruction_id, "at": act.at}
        await act.execute(_AS_TAKEN, {**values, **act.parameters(_GIVEN)})


async def _there(tx: Statements, named: UUID, bank: Actor, *, of_payment: bool = False) -> Row:
    statement = _OF_PAYMENT if of_payment else _MESSAGE
    found = (await tx.execute(statement, {"id": named, "bic": bank.party_code})).first()
    if found is None:
        raise Refused(await not_handed_out(tx, named, bank.party_code))
    return found


async def _taken(act: Act, found: Row, vault: Vault, *, by_hand: bool) -> bytes:
    """Its body; noted as taken unless it was. Raises Refused as ``_there`` when it is gone."""
    if found.fetched_at is None:
        case, message_id = found.instruction_id, found.message_id
        act.record(show("stl", case), taken(message_id, by_hand=by_hand), step=TAKE)
        values = {"id": message_id, "case": case, "at": act.at}
        if (await act.execute(_TAKE, {**values, **act.parameters(_GIVEN)})).first() is None:
            await _there(act, message_id, act.actor)
    return _body(found, vault)


async def _taken_screened(
    act: Act, found: Row, vault: Vault, *, by_hand: bool
) -> tuple[Row, tuple[str, ...]]:
    """What is taken, as it is once its payment is locked, and for what that is held by now, if so.

    Raises Refused as ``_there`` when it is gone.
    """
    case, message_id = show("stl", found.instruction_id), found.message_id
    payment = await instructions.locked(act, found.instruction_id)
    found = await _there(act, message_id, act.actor)
    if found.screening_due and (doubts := await held_at_taking(act, payment, vault)):
        return found, doubts
    values = {"id": message_id, "case": found.instruction_id, "at": act.at}
    if (await act.execute(_MARKED, **values)).first() is not None:
        act.record(case, taken(message_id, by_hand=by_hand), step=TAKE)
    return found, ()


def _handed_out(found: Row, doubts: tuple[str, ...], vault: Vault) -> bytes:
    """Raises Refused HELD_ANEW where nothing is taken, which is on record by then."""
    if doubts:
        raise Refused(withheld(doubts))
    return _body(found, vault)


def _body(found: Row, vault: Vault) -> bytes:
    body = bytes(found.body)
    return vault.open(body, context=SEALED_BODY) if found.sealed else body
