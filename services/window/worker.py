"""The window's worker: delivers events to webhooks in order, at least once, signed.

Each webhook has its own place in the event log. A process claims those with something to deliver,
reads on from there, posts what their party may see, and moves the place. A receiver that fails is
asked again later and later and holds up nobody but itself, one event that it goes on refusing holds
up the others for an hour; one that was told but whose answer was
lost is told again under the same ``webhook-id`` (Standard Webhooks 1.0).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import socket
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog
from asyncpg import PostgresError
from prometheus_client import Counter
from standardwebhooks import Webhook

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.platform import telemetry
from services.platform.bell import LOOK_S, WEBHOOKS, Bell, Ear
from services.platform.database import Database, DatabaseUnreachable, Row
from services.platform.tail import Logged, Position, Tail, read_after
from services.platform.vault import Vault
from services.platform.visibility import Viewer
from services.window import schemas
from services.window.commands.webhooks import (
    SEALED_FOR,
    Turn,
    next_due_s,
    webhook_give_back,
    webhook_settle,
    webhooks_claim,
)
from services.window.domain.rules.delivery import (
    LOOPBACK,
    TRIED_AFTER,
    asked_for,
    refuses_the_event,
)
from services.window.queries import cases
from services.window.queries.told import Numbers

_AT_ONCE: Final = 64
"""Webhooks under way in one process; a party has ten at most, so no few can take all places."""
_BATCH: Final = 100
_PLACES: Final = 20_000
"""Of so many chains that webhooks follow it is kept how far they have come."""
_LEASE: Final = timedelta(seconds=60)
_TURN_S: Final = 30.0
"""After this a turn takes no further event, so that it ends before the lease does."""
_ANSWER_S: Final = 10.0
_FINISH_S: Final = 10.5
"""What turns under way may take when told to stop: as long as an answer is waited for."""
_AGAIN_S: Final = 1.0
_REST_S: Final = 0.1
"""From one claim to the next at least, unless a turn has ended."""
_DELIVERIES: Final = Counter(
    "tradewindow_webhook_deliveries_total",
    "Events delivered to webhooks, and failures by kind.",
    ("outcome",),
)

log = structlog.get_logger()


class Delivery:
    """Delivers to the webhooks of all parties; any number of processes may do it at once."""

    def __init__(
        self,
        database: Database,
        tail: Tail,
        bell: Bell,
        *,
        vault: Vault,
        kinds: Collection[str],
        sandbox: bool,
    ) -> None:
        self._database = database
        self._tail = tail
        self._bell = bell
        self._vault = vault
        self._kinds = kinds
        self._sandbox = sandbox
        self._numbers = Numbers(most=_PLACES)
        self._is_stopping = False

    async def run(self) -> None:
        """Deliver until cancelled, then finish what is under way and give back what was claimed.

        An unreachable database is waited for. The log's tail says when there are events to
        deliver, the bell that a party wants old ones.
        """
        under_way: set[asyncio.Task[None]] = set()
        async with self.client() as http, self._bell.heard(WEBHOOKS) as ear, self._tail.news(ear):
            self._is_stopping = False
            try:
                while True:
                    most = _AT_ONCE - len(under_way)
                    beginning = asyncio.create_task(self._begin_patiently(http, most=most))
                    try:
                        await asyncio.shield(beginning)
                    finally:
                        # Told to stop meanwhile, what it claims is under way all the same.
                        under_way |= await beginning
                    patience_s = await self._patience_s()
                    under_way = await _something_happened(under_way, ear, patience_s)
            finally:
                self._is_stopping = True
                await _finished(under_way)

    def client(self) -> httpx2.AsyncClient:
        """The client that posts: what a party names is where its events go, and nowhere else.

        Hence no proxy and no redirect. Connections are made to a number and kept for one message:
        a kept one could serve another party's host behind the same number, whose certificate
        nobody has checked.
        """
        limits = httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0)
        return httpx2.AsyncClient(
            timeout=_ANSWER_S, trust_env=False, follow_redirects=False, limits=limits
        )

    async def begin(self, http: httpx2.AsyncClient, *, most: int) -> set[asyncio.Task[None]]:
        """Begin the turns of that many webhooks with something to deliver; the turns under way."""
        if most <= 0:
            return set()
        # One statement is a transaction of its own, and this one is sent whenever anything happens.
        async with self._database.reading() as tx:
            rows = await webhooks_claim(tx, most=most, lease=_LEASE)
        return {asyncio.create_task(self._turn(http, row)) for row in rows}

    async def _begin_patiently(
        self, http: httpx2.AsyncClient, *, most: int
    ) -> set[asyncio.Task[None]]:
        try:
            return await self.begin(http, most=most)
        except (DatabaseUnreachable, PostgresError) as error:
            log.warning("delivery_waits_for_database", error=type(error).__name__)
            return set()

    async def _patience_s(self) -> float:
        """How long there is nothing to do unless something happens."""
        try:
            async with self._database.reading() as tx:
                due_s = await next_due_s(tx)
        except (DatabaseUnreachable, PostgresError):
            return _AGAIN_S
        return LOOK_S if due_s is None else min(due_s, LOOK_S)

    async def _turn(self, http: httpx2.AsyncClient, row: Row) -> None:
        """One webhook's turn; what goes wrong in it is its own, and its lease ends by itself."""
        try:
            await self._deliver(http, row)
        except asyncio.CancelledError:
            # Told to stop: the next process need not wait for the end of the lease.
            with contextlib.suppress(DatabaseUnreachable, PostgresError):
                async with self._database.transaction() as tx:
                    await webhook_give_back(tx, row)
            raise
        except (DatabaseUnreachable, PostgresError) as error:
            log.warning("delivery_waits_for_database", error=type(error).__name__)
        except Exception as error:
            webhook = show("whk", row.webhook_id)
            log.error("bug", case=webhook, error=type(error).__name__, where=telemetry.where(error))

    async def _deliver(self, http: httpx2.AsyncClient, row: Row) -> None:
        place = Position(row.after_xid, row.after_number)
        viewer = Actor(subject=row.subject, party=row.party, role=row.role, port=row.port)
        async with self._database.reading() as tx:
            events = await read_after(tx, place, rows=_BATCH)
            # A party is told of what is its own; whoever reads by a post has no webhooks.
            told = Viewer(viewer, self._kinds)
            seen = await cases.kinds_of_visible(tx, {e.case_id for e in events}, told)
            own = [e for e in events if e.case_id in seen]
            numbers = await self._numbers.of(tx, own, viewer, reader=row.webhook_id)
        turn, ends = Turn(place), time.monotonic() + _TURN_S
        refused: list[Position] = []
        for event in events:
            number = numbers.get((event.case_id, event.seq))
            if number is not None and _wanted(row, event):
                message = schemas.stream_message(event, seen[event.case_id], viewer, number)
                answer = await self._told(http, row, message)
                _DELIVERIES.labels(answer.error or "DELIVERED").inc()
                if answer.error is not None:
                    refused.append(event.position)
                    turn.error, turn.asked_for = answer.error, answer.asked_for
                    if not _goes_on(row, turn, refused):
                        break
                    continue
                turn.passed_over, refused, turn.error = turn.passed_over + refused, [], None
                turn.delivered += 1
            if not refused:
                turn.place = event.position
            if self._is_stopping or time.monotonic() > ends:
                break
        async with self._database.transaction() as tx:
            await webhook_settle(tx, row, turn=turn, now=datetime.now(UTC))
        if turn.passed_over:
            _DELIVERIES.labels("PASSED_OVER").inc(len(turn.passed_over))
        if turn.error is not None:
            log.info("webhook_failed", webhook=show("whk", row.webhook_id), error=turn.error)

    async def _told(self, http: httpx2.AsyncClient, row: Row, message: dict[str, Any]) -> _Heard:
        """What the receiver made of a message."""
        content = json.dumps(message, ensure_ascii=False)
        try:
            async with asyncio.timeout(_ANSWER_S):
                url, host = await self._resolved(row.url)
                request = http.build_request(
                    "POST",
                    url,
                    content=content.encode(),
                    headers={"Host": host} | self._signed(row, message["id"], content),
                    extensions={"sni_hostname": urlsplit(row.url).hostname},
                )
                # The body of the answer is not read: it can be as long as it likes.
                answer = await http.send(request, stream=True)
                await answer.aclose()
        except _NotPublic:
            return _Heard("ADDRESS_NOT_PUBLIC")
        except (TimeoutError, httpx2.TimeoutException):
            # Of this machine nobody learns which of its ports are open and silent.
            return _Heard("UNREACHABLE" if self._is_here(row.url) else "TIMEOUT")
        except (OSError, UnicodeError, httpx2.HTTPError, httpx2.InvalidURL):
            return _Heard("UNREACHABLE")
        if answer.is_success:
            return _Heard(None)
        asked = asked_for(answer.headers.get("retry-after"), now=datetime.now(UTC))
        return _Heard(f"HTTP_{answer.status_code}", asked)

    def _is_here(self, url: str) -> bool:
        """Whether it is this machine, where a sandbox delivers to."""
        return self._sandbox and urlsplit(url).hostname in LOOPBACK

    def _signed(self, row: Row, id_: str, content: str) -> dict[str, str]:
        now = datetime.now(UTC)
        sealed = [row.secret_sealed]
        if row.secret_before_until is not None and now < row.secret_before_until:
            sealed.append(row.secret_before_sealed)
        secrets = [Webhook(self._vault.open(s, context=SEALED_FOR)) for s in sealed]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Tradewindow",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                secret.sign(msg_id=id_, timestamp=now, data=content) for secret in secrets
            ),
        }

    async def _resolved(self, address: str) -> tuple[httpx2.URL, str]:
        """The address by number, and the Host it was given as.

        The name is looked up once and the number connected to, so that a name cannot be public
        when it is checked and private when it is used.
        """
        url = httpx2.URL(address)
        found = await asyncio.get_running_loop().getaddrinfo(
            url.host, url.port or 443, type=socket.SOCK_STREAM
        )
        numbers = [str(entry[4][0]) for entry in found]
        # A sandbox delivers to this machine besides, by one of its own names; nowhere else inside.
        here = self._is_here(address) and all(map(_is_loopback, numbers))
        if not here and not _all_public(numbers):
            raise _NotPublic
        return url.copy_with(host=numbers[0]), url.netloc.decode()


@dataclass(frozen=True, slots=True)
class _Heard:
    """A receiver's answer: None for taken, else a word for what went wrong."""

    error: str | None
    asked_for: timedelta = timedelta(0)


class _NotPublic(Exception):
    """The address leads into a private network, where only this machine should reach."""


def _all_public(numbers: Iterable[str]) -> bool:
    return all(_is_public(ipaddress.ip_address(n.partition("%")[0])) for n in numbers)


def _is_loopback(number: str) -> bool:
    return ipaddress.ip_address(number.partition("%")[0]).is_loopback


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it leads out, also when an address of the old kind is carried inside a new one.

    Of the new ones those do that are assigned for it (2000::/3); what was thought out for the
    change from old to new (compatible, translated, 6to4, Teredo, ISATAP) carries an old one, or
    leads to whoever runs the relay.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        lowest = int(address) & 0xFFFFFFFF
        if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            inside = ipaddress.IPv4Address(lowest)
        if inside is not None:
            return _is_public(inside)
        if address not in _ASSIGNED or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_ASSIGNED: Final = ipaddress.IPv6Network("2000::/3")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
"""The upper half of an interface id whose lower half is an address of the old kind (RFC 5214)."""


async def _finished(under_way: set[asyncio.Task[None]]) -> None:
    """Each turn has told the event it was at, or was cut off and has given its webhook back."""
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=_FINISH_S)
        for turn in late:
            turn.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _something_happened(
    under_way: set[asyncio.Task[None]], ear: Ear, patience_s: float
) -> set[asyncio.Task[None]]:
    """Those still under way once a turn has ended, the ear was rung, or patience has ended."""
    rested = asyncio.get_running_loop().time() + _REST_S
    rung = asyncio.create_task(ear.wait(patience_s))
    try:
        await asyncio.wait({*under_way, rung}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        rung.cancel()
        await asyncio.wait({rung})
    left = {turn for turn in under_way if not turn.done()}
    if left == under_way:
        # A burst of events is one reason to look; a turn that ended may have left some.
        await asyncio.sleep(rested - asyncio.get_running_loop().time())
    return left


def _goes_on(row: Row, turn: Turn, refused: list[Position]) -> bool:
    """Whether later events are tried, although the receiver has refused one."""
    return (
        turn.error is not None
        and turn.delivered == 0
        and len(refused) <= TRIED_AFTER
        and refuses_the_event(turn.error, failing_since=row.failing_since, now=datetime.now(UTC))
    )


def _wanted(row: Row, event: Logged) -> bool:
    return row.event_types is None or event.type in row.event_types
