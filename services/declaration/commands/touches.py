"""One touch (一指通): what a resident is asked to agree to, and the phone's answer as evidence.

The challenge is the digest of the terms with a nonce of the window's, which says for whom and until
when it was asked. Nothing is kept of the asking: what is agreed to is made anew from the record as
it stands at the act, so that an answer to anything else does not fit. An answer is kept in the
transaction of its act, under its challenge, and counts once.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain import refusals
from services.declaration.domain.model import Submission
from services.declaration.domain.rules.touch import TOUCH_DEMANDED, touch_is_given
from services.declaration.domain.touch import Answer, own_lot_terms, share_terms
from services.kernel.base64url import base64url
from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import show
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Reason, Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act, Write
from services.platform.database import Row, Statements
from services.platform.passkeys import (
    Assertion,
    Fault,
    RelyingParty,
    Unfit,
    challenge_of,
)
from services.platform.vault import Vault

KEPT: Final = """
    touch AS (
        INSERT INTO touches (
            challenge, case_id, resident_id, passkey_id, terms, origin, public_key, credential_id,
            authenticator_data, client_data, signature, touched_at
        )
        SELECT CAST(:touch_challenge AS bytea), CAST(:touch_case AS uuid),
            CAST(:touch_resident AS uuid), used.passkey_id, CAST(:touch_terms AS text),
            CAST(:touch_origin AS text), CAST(:touch_public_key AS bytea),
            CAST(:touch_credential AS bytea), CAST(:touch_authenticator AS bytea),
            CAST(:touch_client AS bytea), CAST(:touch_signature AS bytea),
            CAST(:touch_at AS timestamptz)
        FROM passkey_used(
            CAST(:touch_passkey AS uuid), CAST(:touch_resident AS uuid),
            CAST(:touch_count AS bigint), CAST(:touch_at AS timestamptz)
        ) AS used (passkey_id)
    )
"""
"""SQL that keeps an answer and counts its passkey's use, for a statement that does more."""
_KEEP: Final = Write(KEPT)
_PASSKEY = text("""
    SELECT p.passkey_id, p.public_key, p.sign_count, p.counts_from,
        EXISTS (SELECT FROM touches WHERE challenge = :challenge) AS spent
    FROM v_passkeys AS p
    WHERE p.credential_id = :credential_id AND p.resident_id = :resident_id AND p.state = 'BOUND'
""")
_BOUND = text("""
    SELECT credential_id FROM v_passkeys
    WHERE resident_id = :resident_id AND state = 'BOUND'
        AND coalesce(counts_from <= :at, true)
    ORDER BY passkey_id
""")
_TICKETS = text("""
    SELECT line_no, net_kg, value_minor, currency FROM tickets
    WHERE lot_id = :lot_id AND resident_id = :resident_id ORDER BY line_no
""")
_WHY: Final[dict[Fault, Reason]] = {
    Fault.OTHER_CHALLENGE: refusals.TOUCH_OF_OTHER,
    Fault.ELSEWHERE: refusals.TOUCH_ELSEWHERE,
    Fault.NOT_VERIFIED: refusals.TOUCH_UNVERIFIED,
}
_PLACE: Final = "/touch"


@dataclass(frozen=True, slots=True)
class Touch:
    """A phone's answer as it is sent: to which asking, and what it signed."""

    nonce: str
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a phone: to which terms its holder is to agree, and by which passkeys."""

    terms: Mapping[str, Any]
    passkeys: Sequence[bytes]
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Phones:
    """How this window asks phones, and knows its own askings again."""

    party: RelyingParty | None
    vault: Vault

    def nonce(self, resident: UUID, until: datetime) -> str:
        """An asking of this resident that ends at an instant."""
        said = f"{int(until.timestamp())}.{secrets.token_urlsafe(16)}"
        return f"{said}.{self._mac(resident, said)}"

    def is_asked(self, nonce: str, resident: UUID, now: datetime) -> bool:
        """Whether this resident was asked so, and may still answer."""
        said, _, mac = nonce.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(resident, said).encode()):
            return False
        return now < datetime.fromtimestamp(int(said.partition(".")[0]), UTC)

    def _mac(self, resident: UUID, said: str) -> str:
        return base64url(self.vault.keyed_hash(f"touch of {resident} {said}"))


async def share_asking(
    tx: Statements,
    phones: Phones,
    lot: Row,
    resident: UUID,
    *,
    answer: Answer,
    version: int,
    book: PolicyBook,
    now: datetime,
) -> Asking:
    """What a phone is asked when its holder says yes or no to the own share in a lot."""
    until = _until(book, lot.port, now)
    nonce = phones.nonce(resident, until)
    terms = await _share_terms(tx, lot, resident, answer=answer, version=version, nonce=nonce)
    return Asking(terms, await _bound(tx, resident, now), until)


async def own_lot_asking(act: Act, phones: Phones, lot: Submission, resident: UUID) -> Asking:
    """What a phone is asked when its holder declares own goods."""
    until = _until(await act.law(), lot.port, act.at)
    nonce = phones.nonce(resident, until)
    terms = own_lot_terms(lot, resident_id=show("res", resident), nonce=nonce)
    return Asking(terms, await _bound(act, resident, act.at), until)


async def share_touched(
    act: Act, phones: Phones, touch: Touch, lot: Row, resident: UUID, answer: Answer
) -> str:
    """Keep the answer of a phone whose holder says yes or no to the own share; its challenge (hex).

    Raises Refused TOUCH_UNFIT, TOUCH_OF_OTHER, PASSKEY_UNKNOWN (also of one that does not count
    yet), PASSKEY_COPIED.
    """
    terms = await _share_terms(
        act,
        lot,
        resident,
        answer=answer,
        version=act.expected_version or 0,
        nonce=touch.nonce,
    )
    values = await _answered(act, phones, touch, terms, resident)
    await act.write(_KEEP, **values, touch_case=lot.lot_id)
    return str(values["touch_challenge"].hex())


async def own_lot_touched(
    act: Act, phones: Phones, touch: Touch, lot: Submission, resident: UUID
) -> dict[str, Any]:
    """Bind values of ``KEPT`` for a declaration of own goods, but for ``touch_case``.

    Raises Refused as ``share_touched`` does.
    """
    terms = own_lot_terms(lot, resident_id=show("res", resident), nonce=touch.nonce)
    return await _answered(act, phones, touch, terms, resident)


async def touch_required(act: Act, port: str, *, touched: bool) -> None:
    """Raises Refused TOUCH_DEMANDED where the port takes a resident's own word by passkey alone."""
    today = business_day(act.at)
    demanded = str((await act.law()).get(TOUCH_DEMANDED, on=today, scope=port))
    refuse_if_any(asked(today, touch_is_given, demanded, touched=touched, port=port))


async def _answered(
    act: Act, phones: Phones, touch: Touch, terms: Mapping[str, Any], resident: UUID
) -> dict[str, Any]:
    said, party = touch.assertion, phones.party
    if not phones.is_asked(touch.nonce, resident, act.at):
        raise Refused(refusals.TOUCH_LATE.at(_PLACE))
    challenge = challenge_of(terms)
    values = {
        "challenge": challenge,
        "credential_id": said.credential_id,
        "resident_id": resident,
    }
    passkey = (await act.execute(_PASSKEY, values)).one_or_none()
    if passkey is None or party is None:
        raise Refused(refusals.PASSKEY_UNKNOWN.at(_PLACE))
    if passkey.counts_from is not None and act.at < passkey.counts_from:
        raise Refused(refusals.PASSKEY_WAITS.at(_PLACE, counts_from=passkey.counts_from))
    if passkey.spent:
        raise Refused(refusals.TOUCH_SPENT.at(_PLACE))
    key = bytes(passkey.public_key)
    try:
        count = party.answered(said, challenge=challenge, public_key=key)
    except Unfit as unfit:
        reason = _WHY.get(unfit.fault, refusals.TOUCH_UNFIT)
        places = {"origin": party.origin} if unfit.fault is Fault.ELSEWHERE else {}
        raise Refused(reason.at(_PLACE, **places)) from None
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        raise Refused(refusals.PASSKEY_COPIED.at(_PLACE))
    return {
        "touch_challenge": challenge,
        "touch_resident": resident,
        "touch_passkey": passkey.passkey_id,
        "touch_terms": canonical_json(terms),
        "touch_origin": party.origin,
        "touch_public_key": key,
        "touch_credential": said.credential_id,
        "touch_authenticator": said.authenticator_data,
        "touch_client": said.client_data,
        "touch_signature": said.signature,
        "touch_count": count,
        "touch_at": act.at,
    }


async def _share_terms(
    tx: Statements, lot: Row, resident: UUID, *, answer: Answer, version: int, nonce: str
) -> dict[str, Any]:
    values = {"lot_id": lot.lot_id, "resident_id": resident}
    tickets = (await tx.execute(_TICKETS, values)).all()
    return share_terms(
        dict(lot),
        map(dict, tickets),
        lot_id=show("lot", lot.lot_id),
        version=version,
        resident_id=show("res", resident),
        answer=answer,
        nonce=nonce,
    )


async def _bound(tx: Statements, resident: UUID, at: datetime) -> list[bytes]:
    """The passkeys that answer for a resident at an instant."""
    found = await tx.execute(_BOUND, {"resident_id": resident, "at": at})
    return [bytes(one) for one in found.scalars()]


def _until(book: PolicyBook, port: str, now: datetime) -> datetime:
    minutes = book.integer("hushi.touch_min", on=business_day(now), scope=port)
    return now + timedelta(minutes=minutes)
