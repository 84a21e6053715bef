"""Public answers of the window."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from cryptography.exceptions import InvalidTag
from pydantic import BaseModel, ConfigDict, Field
from pydantic import StringConstraints as Text

from services.kernel.base64url import base64url, from_base64url
from services.kernel.case_kinds import KindOfCase
from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Moment, MomentKept
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.states import Wait
from services.platform.database import Row
from services.platform.tail import Position
from services.platform.vault import Vault
from services.platform.words import translated
from services.window.domain import refusals
from services.window.domain.model import Clock
from services.window.domain.rules import disclosure
from services.window.domain.rules.clock import allowed_s, left_s, ran_out

SOURCE: Final = "urn:tradewindow"
BEGINNING: Final = "0-0"
_SEALED_FOR: Final = "stream.place"
_PLACE: Final = struct.Struct(">qq")


def place_shown(place: Position, vault: Vault) -> str:
    """A place in the log as a reader is given it: sealed, each time another text.

    How many events lie between two places, or whether any do, is not a reader's to see: most are
    other parties'. The log's beginning is everybody's.
    """
    if place == Position(0, 0):
        return BEGINNING
    sealed = vault.seal(_PLACE.pack(place.xid, place.number), context=_SEALED_FOR)
    return base64url(sealed)


def place_of(shown: str, vault: Vault, *, pointer: str) -> Position:
    """The place that a reader was given, or the log's beginning. Raises Refused REQUEST_INVALID."""
    if shown == BEGINNING:
        return Position(0, 0)
    try:
        sealed = from_base64url(shown)
        return Position(*_PLACE.unpack(vault.open(sealed, context=_SEALED_FOR)))
    except (ValueError, InvalidTag):
        raise Refused(refusals.PLACE_FOREIGN.at(pointer)) from None


Kinds = Mapping[str, KindOfCase]
"""Every kind of case, by the prefix of its ids."""
KindName = Annotated[str, Field(description="kind of case; more kinds may come", examples=["lot"])]


_KEPT_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


class MissingAnswer(BaseModel):
    """One thing the case waits for."""

    code: str
    detail: str
    count: int | None


class ClockAnswer(BaseModel):
    """A clock of the law: running while ``stopped_at`` is null."""

    kind: str
    started_at: Moment
    due_at: Moment
    allowed_s: int = Field(description="seconds from start to due")
    stopped_at: Moment | None
    left_s: int | None
    ran_out: bool
    escalated_at: Moment | None


class LinkedCase(BaseModel):
    """A case that this one led to or came from."""

    case_id: str
    kind: KindName
    state: str
    holder: str


class PurchaseAnswer(BaseModel):
    """What became of a sold lot: bought, on its way under escort, received by weight."""

    purchase_id: str
    holder: str
    net_kg: str
    bought_at: Moment
    dispatched_at: Moment | None
    received_kg: str | None
    received_at: Moment | None


class CaseSummary(BaseModel):
    """A case in a list."""

    case_id: str
    kind: KindName
    state: str
    holder: str
    reference: str | None
    port: str | None
    opened_at: Moment
    clock: ClockAnswer | None


class CaseAnswer(CaseSummary):
    """A case as it stands: who holds it, what is missing, what is left of its clock."""

    version: int
    ended_at: Moment | None
    missing: list[MissingAnswer]
    linked: list[LinkedCase]
    purchase: PurchaseAnswer | None


class TimelineActor(BaseModel):
    """In which role somebody acted; never who it was."""

    role: str
    port: str | None


class Evidence(BaseModel):
    """An event as the log keeps it and hashes it, for the auditor: who acted, and its link.

    The hash is SHA-256 over ``prev_hash`` (32 bytes) and, joined by 0x1F, the case's UUID, seq,
    type, step, actor, occurred_at and body.
    """

    step: str
    actor: str
    occurred_at: MomentKept
    body: str
    prev_hash: str
    hash: str


class TimelineEvent(BaseModel):
    """One event of a case; ``body`` by the schema of its type in contracts/events."""

    seq: int = Field(description="number among the events you are told of the case")
    type: str
    occurred_at: Moment
    actor: TimelineActor
    body: dict[str, Any]
    evidence: Evidence | None = Field(default=None, description="told to auditors only")


class Timeline(BaseModel):
    """A page of a case's events in the order of its chain."""

    items: list[TimelineEvent]
    next_cursor: str | None


class StreamMessage(BaseModel):
    """The data of one server-sent event: a CloudEvents 1.0 envelope around an event of a case.

    ``id`` is the same however often the event is delivered, so a reader can drop repetitions.
    """

    model_config = ConfigDict(extra="forbid")
    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="case id / number among the events you are told of it")
    source: Literal["urn:tradewindow"] = "urn:tradewindow"
    type: str
    subject: str = Field(description="case id")
    time: str
    sequence: str = Field(description="number among the events you are told of the case")
    role: str
    port: str | None
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


Place = Annotated[
    str,
    Text(max_length=64),
    Field(description="a place in the log, as the id of a stream's message; 0-0 is its beginning"),
]


def case_summary(row: Row, kinds: Kinds, now: datetime, viewer: Actor) -> dict[str, Any]:
    """A case in a list."""
    return {
        **_linked(row, kinds, viewer, now),
        "reference": row.reference,
        "port": row.port,
        "opened_at": rfc3339(row.opened_at),
        "clock": _clock_answer(row, now),
    }


def case_answer(
    row: Row,
    linked: Sequence[Row],
    purchase: Row | None,
    *,
    viewer: Actor,
    kinds: Kinds,
    now: datetime,
    language: str,
    version: int,
) -> dict[str, Any]:
    """A case as it stands; what it waits for, as far as the reader is told, in his language."""
    waits = [
        {
            "code": wait.code,
            "detail": translated(wait.detail, language),
            "count": row.unconfirmed if wait.code == "SHARES_TO_CONFIRM" else None,
        }
        for wait in _waits(row, kinds[row.kind], viewer, now)
        if wait.is_told_to(viewer.party_kind)
    ]
    return {
        **case_summary(row, kinds, now, viewer),
        "version": version,
        "ended_at": instant_shown(row.ended_at),
        "missing": waits,
        "linked": [_linked(other, kinds, viewer, now) for other in linked],
        "purchase": None if purchase is None else _purchase_answer(purchase),
    }


def _waits(row: Row, kind: KindOfCase, viewer: Actor, now: datetime) -> Iterator[Wait]:
    """What a case waits for: by the state in which it stands to the viewer, and beside it."""
    shown = _stands(row, kind, viewer, now)
    by_state = kind.states.waits(shown)
    yield from by_state
    # What it waits for in the state that is kept back is kept back with it.
    left = {wait.code for wait in (*by_state, *kind.states.waits(row.state))}
    yield from (kind.states.wait(code) for code in row.waits if code not in left)


def _stands(row: Row, kind: KindOfCase, viewer: Actor, now: datetime) -> str:
    """Where a case stands to the viewer."""
    if kind.states.is_inside(viewer.party_kind):
        return str(row.state)
    return str(kind.states.stands_outside(row.state, until=row.kept_until, now=now))


def timeline_event(row: Row, viewer: Actor) -> dict[str, Any]:
    """An event as this viewer may see it, to an auditor with its evidence."""
    evidence = {"evidence": _evidence(row)} if disclosure.sees_evidence(viewer) else {}
    return {"seq": row.number, **_told(row, viewer), **evidence}


def _told(row: Any, viewer: Actor) -> dict[str, Any]:
    actor = json.loads(row.actor)
    return {
        "type": row.type,
        "occurred_at": rfc3339(row.occurred_at),
        "actor": {"role": actor["role"], "port": actor.get("port")},
        "body": _in_beijing(
            disclosure.disclosed(row.type, json.loads(row.body), party_kind=viewer.party_kind)
        ),
    }


def _evidence(row: Row) -> dict[str, str]:
    kept = row.occurred_at.astimezone(UTC)
    return {
        "step": row.step,
        "actor": row.actor,
        "occurred_at": f"{kept:%Y-%m-%dT%H:%M:%S.%f}Z",
        "body": row.body,
        "prev_hash": row.prev_hash.hex(),
        "hash": row.hash.hex(),
    }


def _in_beijing(value: Any) -> Any:
    """Part of an event as it is read: the log keeps instants by UTC, readers get them as any."""
    if isinstance(value, dict):
        return {name: _in_beijing(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_in_beijing(part) for part in value]
    if isinstance(value, str) and _KEPT_INSTANT.fullmatch(value):
        return rfc3339(datetime.fromisoformat(value))
    return value


def stream_message(row: Any, prefix: str, viewer: Actor, number: int) -> dict[str, Any]:
    """An event as it is streamed to this viewer, under its number among those he is told."""
    event = _told(row, viewer)
    case_id = show(prefix, row.case_id)
    return {
        "specversion": "1.0",
        "id": f"{case_id}/{number}",
        "source": SOURCE,
        "type": row.type,
        "subject": case_id,
        "time": event["occurred_at"],
        "sequence": str(number),
        "role": event["actor"]["role"],
        "port": event["actor"]["port"],
        "datacontenttype": "application/json",
        "data": event["body"],
    }


def _linked(row: Row, kinds: Kinds, viewer: Actor, now: datetime) -> dict[str, Any]:
    kind = kinds[row.kind]
    state = _stands(row, kind, viewer, now)
    return {
        "case_id": show(row.kind, row.case_id),
        "kind": kind.name,
        "state": state,
        "holder": row.holder if state == row.state else kind.states.holder(state),
    }


def _purchase_answer(row: Row) -> dict[str, Any]:
    return {
        "purchase_id": show("pur", row.purchase_id),
        "holder": row.holder,
        "net_kg": str(row.net_kg),
        "bought_at": rfc3339(row.bought_at),
        "dispatched_at": instant_shown(row.dispatched_at),
        "received_kg": None if row.received_kg is None else str(row.received_kg),
        "received_at": instant_shown(row.received_at),
    }


def _clock_answer(row: Row, now: datetime) -> dict[str, Any] | None:
    if row.clock is None:
        return None
    clock = Clock(
        kind=row.clock,
        started_at=row.clock_started_at,
        due_at=row.due_at,
        stopped_at=row.clock_stopped_at,
        strictly_before=row.due_strictly,
    )
    return {
        "kind": clock.kind,
        "started_at": rfc3339(clock.started_at),
        "due_at": rfc3339(clock.due_at),
        "allowed_s": allowed_s(clock),
        "stopped_at": instant_shown(clock.stopped_at),
        "left_s": left_s(clock, now),
        "ran_out": ran_out(clock, now),
        "escalated_at": instant_shown(row.escalated_at),
    }
