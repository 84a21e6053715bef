"""Residents' passkeys (一指通): opened at the registrar's desk against the document, bound by the
resident's own phone, replaced at the desk when it is lost, ended by its holder.

Every act of one resident's passkeys takes the resident's row first: of two, the second sees the
first. An answer by one that has ended is refused from that commit on, whatever it was asked before.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import identity_number
from services.kernel.clock import business_day
from services.kernel.events import Event
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Reason, Refusal, Refused, refuse_if_any
from services.kernel.refusals import ID_INVALID, NOT_FOUND, RESIDENT_NOT_FILED
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import THEN, version_of
from services.platform.passkeys import Fault, RelyingParty, Unfit, challenge_of
from services.platform.two_persons import require_another
from services.platform.vault import Vault
from services.registry.domain import events, refusals
from services.registry.domain.rules.identity import resident_no_is_valid
from services.registry.domain.rules.passkeys import (
    another_binds_a_passkey,
    binding_terms,
    code_as_typed,
    code_of,
    has_a_passkey_to_spare,
    passkey_counts_from,
)

_COOLING: Final = "registry.passkey_cooling_h"
_MOST: Final = "registry.passkeys_max"
_RESIDENT = text(
    "SELECT resident_id FROM residents WHERE resident_no_hash = :hashed FOR NO KEY UPDATE"
)
_TURN = text("SELECT FROM residents WHERE resident_id = :resident_id FOR NO KEY UPDATE")
_OWN = text(f"""
    SELECT *, {version_of("passkey_id")} FROM passkeys
    WHERE resident_id = :resident_id ORDER BY passkey_id
""")
_OPEN = text("""
    INSERT INTO passkeys (passkey_id, resident_id, state, opened_at, opens_until)
    VALUES (:passkey_id, :resident_id, 'OPENED', :at, :until)
    RETURNING *, 1 AS version
""")
_BIND = text(f"""
    UPDATE passkeys SET state = 'BOUND', credential_id = :credential_id, public_key = :public_key,
        sign_count = :sign_count, bound_at = :at, counts_from = :counts_from
    WHERE passkey_id = :passkey_id RETURNING *, {THEN}
""")
_END = text(f"""
    UPDATE passkeys SET state = :state, ended_at = :at
    WHERE passkey_id = :passkey_id RETURNING *, {THEN}
""")
_KNOWN = text("SELECT FROM passkeys WHERE credential_id = :credential_id")
_WHY: Final[dict[Fault, Reason]] = {
    Fault.ELSEWHERE: refusals.PASSKEY_MADE_ELSEWHERE,
    Fault.NOT_VERIFIED: refusals.PASSKEY_UNVERIFIED,
}


async def passkey_open(act: Act, resident_no: str, replaces: UUID | None, vault: Vault) -> Row:
    """Let the resident whose document is on the desk bind a phone within some minutes.

    ``replaces`` is a lost phone's passkey: it does not count from now on, whether or not another
    is bound. Refuses ID_INVALID, RESIDENT_NOT_FILED, NOT_FOUND, PASSKEYS_ENOUGH.
    """
    number = identity_number(resident_no)
    if not resident_no_is_valid(number):
        raise Refused(ID_INVALID.at("/resident_no"))
    hashed = vault.keyed_hash(number)
    resident = (await act.execute(_RESIDENT, hashed=hashed)).scalar_one_or_none()
    if resident is None:
        raise Refused(RESIDENT_NOT_FILED.at("/resident_no"))
    law, today, passkey_id = await act.law(), business_day(act.at), new_uuid()
    bound = [one for one in await _own(act, resident) if one.state == "BOUND"]
    if replaces is not None:
        lost = next((one for one in bound if one.passkey_id == replaces), None)
        if lost is None:
            raise Refused(NOT_FOUND.at("/replaces"))
        said = events.PasskeyReplaced(
            resident_id=show("res", resident), replaced_by=show("pky", passkey_id)
        )
        await _end(act, lost, "REPLACED", said)
        bound.remove(lost)
    most = law.integer(_MOST, on=today)
    refuse_if_any(asked(today, has_a_passkey_to_spare, len(bound), most=most))
    until = act.at + timedelta(minutes=law.integer("registry.passkey_code_min", on=today))
    values = {"passkey_id": passkey_id, "resident_id": resident, "at": act.at, "until": until}
    opened: Row = (await act.execute(_OPEN, values)).one()
    event = events.PasskeyOpened(
        resident_id=show("res", resident),
        opens_until=until,
        replaces=None if replaces is None else show("pky", replaces),
    )
    act.record(show("pky", passkey_id), event, step="open")
    return opened


async def passkey_opened(act: Act, resident: UUID, code: str, vault: Vault) -> Row:
    """What was opened for this resident under a code that still counts, and by another person.

    Refuses PASSKEY_CODE_INVALID, SAME_PERSON.
    """
    typed = code_as_typed(code).encode()
    for one in await _own(act, resident):
        fits = hmac.compare_digest(code_for(one.passkey_id, vault).encode(), typed)
        if fits and one.state == "OPENED" and act.at < one.opens_until:
            case = show("pky", one.passkey_id)
            await require_another(act, case, "open", another_binds_a_passkey)
            return one
    raise Refused(refusals.PASSKEY_CODE_INVALID.at("/code"))


async def passkey_challenge(
    act: Act, resident: UUID, code: str, vault: Vault
) -> tuple[Row, bytes, list[bytes]]:
    """What was opened under a code, the challenge to make a passkey for, and those bound already.

    Nothing is changed. Refuses as ``passkey_opened`` does.
    """
    opened = await passkey_opened(act, resident, code, vault)
    known = [bytes(o.credential_id) for o in await _own(act, resident) if o.state == "BOUND"]
    return opened, _challenge(opened, vault), known


async def passkey_bind(
    act: Act,
    resident: UUID,
    code: str,
    *,
    client_data: bytes,
    attestation: bytes,
    party: RelyingParty,
    vault: Vault,
) -> Row:
    """Bind the phone that made a passkey for what was opened at the desk.

    It answers for the resident from some hours later on, so that whoever never was at the desk
    hears of it first, and ends it or has it ended.

    Refuses PASSKEY_CODE_INVALID, SAME_PERSON, PASSKEYS_ENOUGH, PASSKEY_NOT_MADE.
    """
    await act.execute(_TURN, resident_id=resident)
    opened = await passkey_opened(act, resident, code, vault)
    today = business_day(act.at)
    bound = sum(one.state == "BOUND" for one in await _own(act, resident))
    law = await act.law()
    most = law.integer(_MOST, on=today)
    refuse_if_any(asked(today, has_a_passkey_to_spare, bound, most=most))
    counts_from = passkey_counts_from(act.at, hours=law.integer(_COOLING, on=today))
    try:
        made = party.made(client_data, attestation, challenge=_challenge(opened, vault))
    except Unfit as unfit:
        raise Refused(not_made(unfit, party)) from None
    if (await act.execute(_KNOWN, credential_id=made.credential_id)).first() is not None:
        raise Refused(refusals.PASSKEY_KNOWN.at("/attestation"))
    row: Row = (
        await act.execute(
            _BIND,
            passkey_id=opened.passkey_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            at=act.at,
            counts_from=counts_from,
            version=opened.version,
        )
    ).one()
    key = sha256(made.public_key).hexdigest()
    event = events.PasskeyBound(resident_id=show("res", resident), key=key, counts_from=counts_from)
    act.record(show("pky", opened.passkey_id), event, step="bind")
    return row


async def passkey_end(act: Act, passkey_id: UUID, resident: UUID) -> Row:
    """Its holder lets a passkey count no more. Refuses NOT_FOUND, VERSION_MISMATCH,
    STATE_CONFLICT."""
    await act.execute(_TURN, resident_id=resident)
    own = await _own(act, resident)
    found = next((one for one in own if one.passkey_id == passkey_id), None)
    if found is None:
        raise Refused(NOT_FOUND.at())
    act.require_version(show("pky", passkey_id), found.version)
    if found.state != "BOUND":
        raise Refused(refusals.PASSKEY_OVER.at())
    said = events.PasskeyEnded(resident_id=show("res", resident))
    return await _end(act, found, "DEAD", said)


def code_for(passkey_id: UUID, vault: Vault) -> str:
    """The code of an opened passkey."""
    return code_of(vault.keyed_hash(f"code of {show('pky', passkey_id)}"))


def not_made(unfit: Unfit, party: RelyingParty) -> Refusal:
    """Why what a phone answered is no passkey."""
    reason = _WHY.get(unfit.fault, refusals.PASSKEY_NOT_MADE)
    places = {"origin": party.origin} if unfit.fault is Fault.ELSEWHERE else {}
    return reason.at("/attestation", **places)


def _challenge(opened: Row, vault: Vault) -> bytes:
    code = code_for(opened.passkey_id, vault)
    return challenge_of(binding_terms(opened.passkey_id, opened.resident_id, code))


async def _own(tx: Statements, resident: UUID) -> Sequence[Row]:
    found: Sequence[Row] = (await tx.execute(_OWN, {"resident_id": resident})).all()
    return found


async def _end(act: Act, passkey: Row, state: str, said: Event) -> Row:
    values = {"passkey_id": passkey.passkey_id, "state": state, "at": act.at}
    ended: Row = (await act.execute(_END, values, version=passkey.version)).one()
    act.record(show("pky", passkey.passkey_id), said, step="end")
    return ended
