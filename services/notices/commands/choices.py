"""A person's choices: language, quiet hours, and contacts, each confirmed before it is used."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.notices.domain import refusals
from services.notices.domain.model import ChannelName
from services.notices.domain.rules.contact import (
    CODE_HOLDS,
    CODES_A_DAY,
    CODES_OF_A_PERSON,
    CODES_TO_A_CONTACT,
    TRIES_MAX,
    code_of,
    counted_as,
    masked,
)
from services.notices.queries.people import person_of
from services.platform.act import Act
from services.platform.database import Statements
from services.platform.vault import Vault

CONTACT: Final = "notice_contacts.contact_sealed"
"""The context under which a contact is sealed, confirmed or not."""
_DAY: Final = timedelta(days=1)
_CHOOSE: Final = text(
    """
    INSERT INTO notice_people (party, subject, language, quiet_begins, quiet_ends)
    VALUES (:party, :subject, :language, :begins, :ends)
    ON CONFLICT (party, subject) DO UPDATE SET language = excluded.language,
        quiet_begins = excluded.quiet_begins, quiet_ends = excluded.quiet_ends
    """
)
# What waits for the end of quiet hours looks at those that hold now.
_LOOK_AGAIN: Final = text(
    """
    UPDATE notice_deliveries SET due_at = now()
    WHERE party = :party AND subject = :subject AND state = 'QUEUED' AND attempts = 0
    """
)
# Two at once would each find room for one code more.
_TURNS: Final = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('notice codes ' || key, 0))"
    " FROM unnest(CAST(:keys AS text[])) AS k (key) ORDER BY key"
)
_SENT: Final = text(
    """
    SELECT count(*) FILTER (WHERE contact_hash = :contact_hash) AS to_contact,
        count(*) FILTER (WHERE party = :party AND subject = :subject) AS by_person,
        count(*) FILTER (
            WHERE contact_hash = :contact_hash AND party = :party AND subject = :subject
        ) AS by_person_to_contact
    FROM notice_codes WHERE asked_at > :since
        AND (contact_hash = :contact_hash OR (party = :party AND subject = :subject))
    """
)
_REPLACE: Final = text(
    "UPDATE notice_codes SET state = 'OVER', contact_sealed = '', masked = ''"
    " WHERE party = :party AND subject = :subject AND channel = :channel AND state = 'OPEN'"
)
_ASK: Final = text(
    """
    INSERT INTO notice_codes (code_id, party, subject, channel, contact_sealed, contact_hash,
        masked, state, asked_at, ends_at)
    VALUES (:code_id, :party, :subject, :channel, :contact_sealed, :contact_hash, :masked, 'OPEN',
        :at, :ends_at)
    """
)
_QUEUE: Final = text(
    """
    INSERT INTO notice_deliveries (delivery_id, code_id, party, subject, channel, state,
        queued_at, due_at, leased_until)
    VALUES (:delivery_id, :code_id, :party, :subject, :channel, 'QUEUED', now(), now(), now())
    """
)
_TRY: Final = text(
    """
    UPDATE notice_codes SET tries = tries + 1
    WHERE party = :party AND subject = :subject AND channel = :channel AND state = 'OPEN'
        AND ends_at > :at AND tries <= :most
    """
)
_OPEN: Final = text(
    """
    SELECT * FROM notice_codes
    WHERE party = :party AND subject = :subject AND channel = :channel AND state = 'OPEN'
        AND ends_at > :at FOR UPDATE
    """
)
_USE: Final = text(
    "UPDATE notice_codes SET state = 'USED', contact_sealed = '', masked = ''"
    " WHERE code_id = :code_id"
)
_CONFIRM: Final = text(
    """
    INSERT INTO notice_contacts (party, subject, channel, contact_sealed, masked, consented_at,
        confirmed_at, rests_until)
    VALUES (:party, :subject, :channel, :contact_sealed, :masked, :consented_at, :at, :at)
    ON CONFLICT (party, subject, channel) DO UPDATE SET contact_sealed = excluded.contact_sealed,
        masked = excluded.masked, consented_at = excluded.consented_at,
        confirmed_at = excluded.confirmed_at, withdrawn_at = NULL
    """
)
_WITHDRAW: Final = text(
    """
    UPDATE notice_contacts SET withdrawn_at = :at, contact_sealed = '', masked = ''
    WHERE party = :party AND subject = :subject AND channel = :channel AND withdrawn_at IS NULL
    """
)
_DROP: Final = text(
    """
    UPDATE notice_deliveries SET state = 'DROPPED', ended_at = :at, last_error = 'NOT_WANTED'
    WHERE party = :party AND subject = :subject AND channel = :channel
        AND state IN ('QUEUED', 'FAILED')
    """
)
_FORGET: Final = text(
    "UPDATE notice_codes SET state = 'OVER', contact_sealed = '', masked = ''"
    " WHERE state = 'OPEN' AND ends_at <= :at"
)
_COUNT_NO_MORE: Final = text(
    "UPDATE notice_codes SET contact_hash = '' WHERE asked_at <= :since AND contact_hash <> ''"
)


async def choices_set(
    act: Act, *, language: str | None, begins: int | None, ends: int | None
) -> None:
    """In which language, and outside which minutes of the Beijing day, the person is told."""
    values = {**person_of(act.actor), "language": language, "begins": begins, "ends": ends}
    await act.execute(_CHOOSE, values)
    await act.execute(_LOOK_AGAIN, person_of(act.actor))


async def code_ask(act: Act, channel: ChannelName, contact: str, vault: Vault) -> None:
    """Send a code to a contact, which confirms it within fifteen minutes; the consent is this act.

    Raises Refused CODE_LIMIT when as many were sent in a day as may be: by the person to this
    contact, by whomever to it, by the person to any.
    """
    whose = {**person_of(act.actor), "channel": channel.value}
    contact_hash = vault.keyed_hash(f"notice contact {counted_as(contact)}")
    keys = [contact_hash.hex(), f"{act.actor.party} {act.actor.subject}"]
    await act.execute(_TURNS, keys=keys)
    since = act.at - _DAY
    sent = (await act.execute(_SENT, whose, contact_hash=contact_hash, since=since)).one()
    # One sentence for all three: it says nothing of what others have asked for.
    if (
        sent.by_person_to_contact >= CODES_A_DAY
        or sent.to_contact >= CODES_TO_A_CONTACT
        or sent.by_person >= CODES_OF_A_PERSON
    ):
        raise Refused(refusals.CODE_LIMIT.at())
    await act.execute(_REPLACE, whose)
    code_id = new_uuid()
    await act.execute(
        _ASK,
        {
            **whose,
            "code_id": code_id,
            "contact_sealed": vault.seal(contact.encode(), context=CONTACT),
            "contact_hash": contact_hash,
            "masked": masked(channel, contact),
            "at": act.at,
            "ends_at": act.at + CODE_HOLDS,
        },
    )
    await act.execute(_QUEUE, whose, delivery_id=new_uuid(), code_id=code_id)


async def code_try(tx: Statements, actor: Actor, channel: ChannelName, at: datetime) -> None:
    """Count a try, in a transaction of its own: a refusal would undo it with everything else."""
    whose = {**person_of(actor), "channel": channel.value, "at": at, "most": TRIES_MAX}
    await tx.execute(_TRY, whose)


async def contact_confirm(act: Act, channel: ChannelName, typed: str, vault: Vault) -> None:
    """Use a contact from now on, whose code was typed.

    Raises Refused CODE_OVER, CODE_WRONG.
    """
    whose = {**person_of(act.actor), "channel": channel.value}
    code = (await act.execute(_OPEN, whose, at=act.at)).one_or_none()
    if code is None or code.tries > TRIES_MAX:
        raise Refused(refusals.CODE_OVER.at("/code"))
    if not hmac.compare_digest(code_for(code.code_id, vault).encode(), typed.encode()):
        if code.tries >= TRIES_MAX:
            raise Refused(refusals.CODE_OVER.at("/code"))
        raise Refused(refusals.CODE_WRONG.at("/code", left=TRIES_MAX - code.tries))
    await act.execute(_USE, code_id=code.code_id)
    confirmed = {
        **whose,
        "contact_sealed": code.contact_sealed,
        "masked": code.masked,
        "consented_at": code.asked_at,
        "at": act.at,
    }
    await act.execute(_CONFIRM, confirmed)


async def contact_withdraw(act: Act, channel: ChannelName) -> None:
    """Tell the person no more by this channel: the contact is forgotten, what waits dropped."""
    whose = {**person_of(act.actor), "channel": channel.value}
    # Deliveries before the contact, as ``message_claim`` locks them.
    await act.execute(_DROP, whose, at=act.at)
    await act.execute(_WITHDRAW, whose, at=act.at)
    await act.execute(_REPLACE, whose)


async def codes_forget(tx: Statements, at: datetime) -> None:
    """Forget contacts that nobody confirmed in time, and after a day also whose codes were."""
    await tx.execute(_FORGET, {"at": at})
    await tx.execute(_COUNT_NO_MORE, {"since": at - _DAY})


def code_for(code_id: UUID, vault: Vault) -> str:
    """The six digits that confirm a contact: computed, and kept nowhere."""
    return code_of(vault.keyed_hash(f"notice code {code_id.hex}"))
