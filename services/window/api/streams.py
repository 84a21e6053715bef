"""Streams of events as they happen, by server-sent events (WHATWG HTML, section 9.2).

At least once and replayable: every message carries an ``id``, and a reader that comes back with it
as ``Last-Event-ID`` gets everything after it. A stream holds no database connection while it waits,
and ends when its reader leaves, when its token expires and when the process stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.kernel.refusal import Refused
from services.platform.database import DatabaseUnreachable
from services.platform.http import allow
from services.platform.tail import Logged, newest, read_after
from services.platform.visibility import Viewer
from services.window import schemas
from services.window.api.cases import CaseId, case_of
from services.window.api.services import WindowCall
from services.window.domain import refusals
from services.window.queries import cases as queries
from services.window.queries import told

HEARTBEAT_S: Final = 15.0
BATCH: Final = 200
PLACES: Final = 1000
"""Of so many chains a stream of all cases keeps how far it has come."""
_POINTER: Final = "/header/Last-Event-ID"
_MEDIA_TYPE: Final = "text/event-stream"
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events; the data of each is a StreamMessage.",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=64, description="id of the last message you have"),
]
Batch = Callable[[], Awaitable[tuple[list[str], bool]]]
"""Messages that are to be sent now, and whether there may be more at once."""
Place = Callable[[], str]
"""The place to come back to, as a message without data; nothing where events count by number."""

log = structlog.get_logger()
router = APIRouter(prefix="/window/v1", tags=["streams"])


@router.get("/cases/{case_id}/stream", response_class=StreamingResponse, responses=_RESPONSES)
async def case_stream(
    case_id: CaseId,
    call: Annotated[WindowCall, allow("window:stream:read")],
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """A case's events from its first one on, then as they happen; ``id`` is the number among
    those you are told."""
    number, place = _number(last_event_id), told.BEGINNING
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
    prefix, case = row.kind, row.case_id

    async def batch() -> tuple[list[str], bool]:
        nonlocal number, place
        async with call.services.database.reading() as tx:
            events, place = await told.events_of(
                tx, case, call.actor, place=place, after=number, rows=BATCH
            )
        messages = [
            message(str(e.number), e.type, schemas.stream_message(e, prefix, call.actor, e.number))
            for e in events
        ]
        number = events[-1].number if events else number
        return messages, len(events) == BATCH

    return _stream(call, case, batch, lambda: "")


@router.get("/stream", response_class=StreamingResponse, responses=_RESPONSES)
async def stream(
    call: Annotated[WindowCall, allow("window:stream:read")],
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """The events of every case you may see, from now on, or from a place in the log.

    ``id`` is the place in the log, sealed; ``0-0`` as Last-Event-ID replays the log from its
    beginning. A reader whose cases rest is given a newer place every fifteen seconds.
    """
    vault = call.services.vault
    async with call.services.database.reading() as tx:
        position = (
            await newest(tx)
            if last_event_id is None
            else schemas.place_of(last_event_id, vault, pointer=_POINTER)
        )
    viewer = Viewer.of(call.caller, call.services.kinds)
    numbering = told.Numbers(most=PLACES)

    async def batch() -> tuple[list[str], bool]:
        nonlocal position
        events = call.services.tail.recent(position, rows=BATCH)
        if events == []:
            return [], False
        async with call.services.database.reading() as tx:
            if events is None:
                events = await read_after(tx, position, rows=BATCH)
            seen = await queries.kinds_of_visible(tx, {e.case_id for e in events}, viewer)
            position = events[-1].position if events else position
            more = len(events) == BATCH
            own = [e for e in events if e.case_id in seen]
            numbers = await numbering.of(tx, own, call.actor)
        return _messages(own, seen, numbers, call), more

    # Told by the clock and not whenever others' events went by, which would say when they do.
    def place() -> str:
        return f"id: {schemas.place_shown(position, vault)}\n\n"

    return _stream(call, None, batch, place)


def _messages(
    events: list[Logged],
    seen: dict[UUID, str],
    numbers: dict[tuple[UUID, int], int],
    call: WindowCall,
) -> list[str]:
    vault = call.services.vault
    return [
        message(
            schemas.place_shown(e.position, vault),
            e.type,
            schemas.stream_message(e, seen[e.case_id], call.actor, numbers[e.case_id, e.seq]),
        )
        for e in events
        if (e.case_id, e.seq) in numbers
    ]


def message(id_: str, event: str, data: dict[str, Any]) -> str:
    """One server-sent event; JSON has no line break of its own, so it is one data line."""
    return f"id: {id_}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _stream(call: WindowCall, case: UUID | None, batch: Batch, place: Place) -> StreamingResponse:
    headers = {"X-Accel-Buffering": "no"}
    flow = _flow(call, case, batch, place)
    return _Admitted(call, flow, media_type=_MEDIA_TYPE, headers=headers)


class _Admitted(StreamingResponse):
    """A stream that has its place from before it begins until it has ended, however that is."""

    def __init__(self, call: WindowCall, flow: AsyncIterator[str], **how: Any) -> None:
        super().__init__(flow, **how)
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._call.services.streams.admitted(self._call.actor):
            await super().__call__(scope, receive, send)


async def _flow(
    call: WindowCall, case: UUID | None, batch: Batch, place: Place
) -> AsyncIterator[str]:
    """What is there, then what comes; a heartbeat when nothing has been sent for a while."""
    services, sent = call.services, time.monotonic()
    # Listening begins before the first read, so nothing can fall between the two.
    async with services.tail.listen(case) as woken:
        yield f": stream open\n\n{place()}"
        while not services.streams.closing.is_set() and _token_s(call) > 0:
            try:
                messages, more = await batch()
            except DatabaseUnreachable as error:
                # Ended without a word, the reader comes back with its Last-Event-ID.
                log.warning("stream_ended", error=type(error).__name__)
                return
            if messages:
                yield "".join(messages)
                sent = time.monotonic()
            patience_s = max(0.0, min(sent + HEARTBEAT_S - time.monotonic(), _token_s(call)))
            if not more:
                await _wakes(woken, services.streams.closing, patience_s)
            if time.monotonic() >= sent + HEARTBEAT_S:
                yield f": heartbeat\n\n{place()}"
                sent = time.monotonic()


def _token_s(call: WindowCall) -> float:
    """For how long the caller's token is still good."""
    return max(0.0, call.caller.expires_at - time.time())


async def _wakes(woken: asyncio.Queue[Logged], closing: asyncio.Event, patience_s: float) -> None:
    """Until something happened, or the patience ended."""
    waiting = [asyncio.ensure_future(woken.get()), asyncio.ensure_future(closing.wait())]
    try:
        await asyncio.wait(waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    # One wake-up for all that came at once: the log is read again anyway.
    with contextlib.suppress(asyncio.QueueEmpty):
        while True:
            woken.get_nowait()


def _number(last_event_id: str | None) -> int:
    if last_event_id is None:
        return 0
    if not last_event_id.isdecimal() or len(last_event_id) > 9:
        raise _unknown_place()
    return int(last_event_id)


def _unknown_place() -> Refused:
    return Refused(refusals.EVENT_ID_FOREIGN.at("/header/Last-Event-ID"))
