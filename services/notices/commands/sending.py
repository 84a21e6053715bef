"""What waits to leave is claimed, a message to one contact at a time, and what became of it kept.

A message is claimed with a lease and keeps its id: a process that dies between sending and noting
leaves it to be sent again under the same id, by which the other side knows it (at least once).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.notices.channels import Letter, Outcome
from services.notices.commands.choices import CONTACT, code_for
from services.notices.commands.telling import RESIDENT
from services.notices.domain.model import ChannelName
from services.notices.domain.rules.contact import CODE_HOLDS, CONFIRMED_FOR
from services.notices.domain.rules.patience import (
    GIVEN_UP_AFTER,
    REST,
    SAID_MOST,
    Quiet,
    wait_after,
)
from services.notices.domain.rules.saying import fit_to_leave
from services.notices.domain.rules.telling import MEMBERS
from services.notices.queries.people import CUSTOMS, OFFICER
from services.platform import words
from services.platform.database import Row, Statements
from services.platform.language import CHINESE
from services.platform.vault import Vault

LEASE: Final = timedelta(seconds=60)
_FIRST: Final = text(
    """
    SELECT * FROM notice_deliveries
    WHERE state IN ('QUEUED', 'FAILED') AND due_at <= now() AND leased_until <= now()
        AND channel = ANY(:channels)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)
# One message at a time to one contact; whoever comes second finds that it rests.
_CONTACT: Final = text(
    """
    SELECT c.contact_sealed, c.rests_until, c.withdrawn_at,
        c.confirmed_at > now() - CAST(:holds AS interval) AS is_confirmed,
        p.language, p.quiet_begins, p.quiet_ends
    FROM notice_contacts AS c
    LEFT JOIN notice_people AS p ON p.party = c.party AND p.subject = c.subject
    WHERE c.party = :party AND c.subject = :subject AND c.channel = :channel FOR UPDATE OF c
    """
)
_CODE: Final = text(
    """
    SELECT k.*, p.language FROM notice_codes AS k
    LEFT JOIN notice_people AS p ON p.party = k.party AND p.subject = k.subject
    WHERE k.code_id = :code_id
    """
)
_OF_PERSON: Final = """
    party = :party AND subject = :subject AND channel = :channel
    AND state IN ('QUEUED', 'FAILED') AND number IS NOT NULL
"""
# What another process holds it looks at itself, once it has the contact: were it waited for here,
# with the contact in hand, each would wait for the other.
_FREE: Final = f"""delivery_id IN (
    SELECT delivery_id FROM notice_deliveries WHERE {_OF_PERSON} FOR UPDATE SKIP LOCKED
)"""
_LATER: Final = text(f"UPDATE notice_deliveries SET due_at = :at WHERE due_at < :at AND {_FREE}")
_DROP: Final = text(
    f"UPDATE notice_deliveries SET state = 'DROPPED', ended_at = now(), last_error = :why"
    f" WHERE {_FREE}"
)
_DROP_THESE: Final = text(
    "UPDATE notice_deliveries SET state = 'DROPPED', ended_at = now(), last_error = :why"
    " WHERE delivery_id = ANY(:delivery_ids)"
)
_TOGETHER: Final = text(
    f"""
    SELECT d.delivery_id, d.number, n.kind, n.facts,
        (n.party NOT LIKE 'officers:%' OR EXISTS (
            SELECT FROM v_officers AS o
            WHERE o.in_service AND {OFFICER} = d.party AND {CUSTOMS} = n.party
        )) AND (NOT n.as_reader OR EXISTS (
            SELECT FROM cases AS c WHERE c.case_id = n.case_id AND n.party = ANY(c.readers)
        )
        OR (n.party = '{MEMBERS}' AND EXISTS (
            SELECT FROM v_tickets AS t WHERE t.lot_id = n.case_id AND {RESIDENT} = d.party
        ))) AS is_readable
    FROM notice_deliveries AS d INNER JOIN notices AS n ON n.number = d.number
    WHERE d.party = :party AND d.subject = :subject AND d.channel = :channel
        AND d.state IN ('QUEUED', 'FAILED') AND d.due_at <= now() AND d.leased_until <= now()
        AND d.message_id IS NOT DISTINCT FROM CAST(:message_id AS uuid)
    ORDER BY d.number FOR UPDATE OF d SKIP LOCKED
    """
)
_TAKE: Final = text(
    "UPDATE notice_deliveries SET message_id = :message_id, leased_until = now() + :lease"
    " WHERE delivery_id = ANY(:delivery_ids) RETURNING leased_until"
)
_REST: Final = text(
    "UPDATE notice_contacts SET rests_until = now() + :rest"
    " WHERE party = :party AND subject = :subject AND channel = :channel"
)
_SETTLE: Final = text(
    """
    UPDATE notice_deliveries SET
        state = CASE
            WHEN CAST(:error AS text) IS NULL THEN 'SENT'
            WHEN :final OR queued_at < CAST(:now AS timestamptz) - CAST(:patience AS interval)
                THEN 'GIVEN_UP'
            ELSE 'FAILED'
        END,
        ended_at = CASE
            WHEN CAST(:error AS text) IS NULL OR :final
                OR queued_at < CAST(:now AS timestamptz) - CAST(:patience AS interval)
                THEN CAST(:now AS timestamptz)
        END,
        attempts = attempts + 1, last_error = :error, due_at = :due_at, leased_until = now()
    WHERE delivery_id = ANY(:delivery_ids) AND leased_until = :leased_until
        AND state IN ('QUEUED', 'FAILED')
    RETURNING state
    """
)
_PUT_OFF: Final = text(
    "UPDATE notice_deliveries SET state = 'FAILED', attempts = attempts + 1,"
    " last_error = 'FAULT', due_at = now() + :after WHERE delivery_id = :delivery_id"
)
_NEXT_DUE: Final = text(
    "SELECT CAST(extract(epoch FROM min(greatest(due_at, leased_until)) - now()) AS float8)"
    " FROM notice_deliveries WHERE state IN ('QUEUED', 'FAILED') AND channel = ANY(:channels)"
)
# Longer than quiet hours and retries together; of a channel that was closed since, above all.
_STALE: Final = text(
    """
    UPDATE notice_deliveries SET state = 'GIVEN_UP', ended_at = now(),
        last_error = coalesce(last_error, 'NOT_SENT')
    WHERE delivery_id IN (
        SELECT delivery_id FROM notice_deliveries
        WHERE state IN ('QUEUED', 'FAILED') AND leased_until <= now()
            AND queued_at < now() - 2 * CAST(:patience AS interval)
        FOR UPDATE SKIP LOCKED
    )
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process sends until its lease ends."""

    delivery_ids: Sequence[UUID]
    channel: ChannelName
    letter: Letter = field(repr=False)
    leased_until: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A look for what is due: a message, or none; ``more`` when to look again at once."""

    claimed: Claimed | None = None
    more: bool = False


async def first_due(tx: Statements, open_channels: Collection[ChannelName]) -> Row | None:
    """What has been due for longest, locked for this transaction."""
    return (await tx.execute(_FIRST, {"channels": list(open_channels)})).one_or_none()


async def first_put_off(tx: Statements, first: Row) -> None:
    """What cannot be made a message, for a fault of ours, holds up nothing else meanwhile."""
    after = wait_after(first.attempts + 1)
    await tx.execute(_PUT_OFF, {"delivery_id": first.delivery_id, "after": after})


async def message_claim(
    tx: Statements, first: Row, *, vault: Vault, address: str | None, now: datetime
) -> Looked:
    """The message of what is due. What nobody wants or may read any more is dropped."""
    if first.code_id is not None:
        return await _code_claim(tx, first, vault, now)
    person = {name: first[name] for name in ("party", "subject", "channel")}
    contact = (await tx.execute(_CONTACT, {**person, "holds": CONFIRMED_FOR})).one_or_none()
    if contact is None or contact.withdrawn_at is not None or not contact.is_confirmed:
        await tx.execute(_DROP, {**person, "why": "NOT_WANTED"})
        return Looked(more=True)
    if (later := _not_before(contact, now)) is not None:
        await tx.execute(_LATER, {**person, "at": later})
        return Looked(more=True)
    rows = (await tx.execute(_TOGETHER, {**person, "message_id": first.message_id})).all()
    if unread := [row.delivery_id for row in rows if not row.is_readable]:
        await _drop(tx, unread, "NOT_A_READER")
    told = [row for row in rows if row.is_readable]
    if not told:
        return Looked(more=True)
    await tx.execute(_REST, {**person, "rest": REST})
    letter = Letter(
        vault.open(contact.contact_sealed, context=CONTACT).decode(),
        *_said(told, ChannelName(first.channel), contact.language or CHINESE, address),
        contact.language or CHINESE,
        first.message_id or new_uuid(),
    )
    return Looked(await _taken(tx, first, [row.delivery_id for row in told], letter))


async def _code_claim(tx: Statements, first: Row, vault: Vault, now: datetime) -> Looked:
    code = (await tx.execute(_CODE, {"code_id": first.code_id})).one()
    if code.state != "OPEN" or code.ends_at <= now:
        await _drop(tx, [first.delivery_id], "CODE_OVER")
        return Looked(more=True)
    language = code.language or CHINESE
    facts = {
        "code": code_for(code.code_id, vault),
        "minutes": int(CODE_HOLDS.total_seconds() // 60),
    }
    letter = Letter(
        vault.open(code.contact_sealed, context=CONTACT).decode(),
        _in(language, "CODE_SUBJECT"),
        _in(language, "CODE", **facts),
        language,
        first.message_id or new_uuid(),
    )
    return Looked(await _taken(tx, first, [first.delivery_id], letter))


async def _taken(
    tx: Statements, first: Row, delivery_ids: Sequence[UUID], letter: Letter
) -> Claimed:
    values = {"message_id": letter.id, "delivery_ids": delivery_ids, "lease": LEASE}
    leased_until = (await tx.execute(_TAKE, values)).scalars()[0]
    channel = ChannelName(first.channel)
    return Claimed(delivery_ids, channel, letter, leased_until, first.attempts)


async def message_settle(
    tx: Statements, claimed: Claimed, outcome: Outcome, *, now: datetime
) -> Collection[str]:
    """Keep what became of a message; after a failure, when to try again. The states it left."""
    values = {
        "delivery_ids": claimed.delivery_ids,
        "leased_until": claimed.leased_until,
        "error": outcome.error,
        "final": outcome.final,
        "now": now,
        "patience": GIVEN_UP_AFTER,
        "due_at": now if outcome.error is None else now + wait_after(claimed.attempts + 1),
    }
    return list((await tx.execute(_SETTLE, values)).scalars())


async def next_due_s(tx: Statements, open_channels: Collection[ChannelName]) -> float | None:
    """In how many seconds something is due to leave; None when nothing waits."""
    found: float | None = (
        await tx.execute(_NEXT_DUE, {"channels": list(open_channels)})
    ).scalar_one()
    return found


async def stale_give_up(tx: Statements) -> None:
    """Give up what has waited for longer than any reason to wait lasts."""
    await tx.execute(_STALE, {"patience": GIVEN_UP_AFTER})


async def _drop(tx: Statements, ids: Sequence[UUID], why: str) -> None:
    await tx.execute(_DROP_THESE, {"delivery_ids": ids, "why": why})


def _not_before(contact: Row, now: datetime) -> datetime | None:
    """Until when a contact is left alone: in the quiet hours, and just after a message."""
    quiet = None
    if contact.quiet_begins is not None:
        quiet = Quiet(contact.quiet_begins, contact.quiet_ends).until(now)
    rest = contact.rests_until if contact.rests_until > now else None
    return max((at for at in (quiet, rest) if at is not None), default=None)


def _said(
    rows: Sequence[Row], channel: ChannelName, language: str, address: str | None
) -> tuple[str, str]:
    """Subject and text of a message: some sentences, how many more there are, where to read on."""
    most = SAID_MOST[channel]
    lines = [
        words.filled(
            words.word(row.kind, "notice", language), fit_to_leave(json.loads(row.facts)), language
        )
        for row in rows[:most]
    ]
    if len(rows) > most:
        lines.append(_in(language, "MORE", more=len(rows) - most))
    where = {} if address is None else {"address": address}
    lines.append(_in(language, "OPEN" if where else "OPEN_PLAIN", **where))
    glue = " " if channel is ChannelName.SMS else "\n"
    return _in(language, "SUBJECT", count=len(rows)), glue.join(lines)


def _in(language: str, line: str, /, **facts: Any) -> str:
    return words.filled(words.word(line, "notice_message", language), facts, language)
