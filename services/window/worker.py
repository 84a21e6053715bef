"""The window's worker: delivers events to webhooks in order, at least once, signed.

Each webhook has its own place in the event log. A process claims those with something to deliver,
reads on from there, posts what their party may see, and moves the place. A receiver that fails is
asked again later and later and holds up nobody but itself; one that was told but whose answer was
lost is told again under the same ``webhook-id`` (Standard Webhooks 1.0).
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog
from sqlalchemy import Row
from standardwebhooks import Webhook

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.platform import telemetry
from services.platform.database import Database, DatabaseUnreachable
from services.platform.tail import Logged, Position, read_after
from services.platform.vault import Vault
from services.window import queries, schemas
from services.window.commands.webhooks import SEALED_FOR, webhook_settle, webhooks_claim

_AT_ONCE: Final = 16
_BATCH: Final = 100
_LEASE: Final = timedelta(seconds=60)
_TURN_S: Final = 30.0
"""A webhook's turn ends before its lease does, so that no other process delivers beside it."""
_ANSWER_S: Final = 10.0
_REST_S: Final = 1.0

log = structlog.get_logger()


class Delivery:
    """Delivers to the webhooks of all parties; any number of processes may do it at once."""

    def __init__(self, database: Database, *, vault: Vault, sandbox: bool) -> None:
        self._database = database
        self._vault = vault
        self._sandbox = sandbox

    async def run(self) -> None:
        """Deliver until cancelled. An unreachable database is waited for."""
        # No proxy, no redirect: what a party names is where its events go, and nowhere else.
        limits = httpx2.Limits(max_connections=_AT_ONCE * 2)
        async with httpx2.AsyncClient(
            timeout=_ANSWER_S, trust_env=False, follow_redirects=False, limits=limits
        ) as http:
            while True:
                try:
                    claimed = await self.turn(http)
                except DatabaseUnreachable as error:
                    log.warning("delivery_waits_for_database", error=type(error).__name__)
                    claimed = 0
                if claimed == 0:
                    await asyncio.sleep(_REST_S)

    async def turn(self, http: httpx2.AsyncClient) -> int:
        """One turn of every webhook with something to deliver; how many those were."""
        async with self._database.transaction() as tx:
            rows = await webhooks_claim(tx, most=_AT_ONCE, lease=_LEASE)
        await asyncio.gather(*(self._deliver(http, row) for row in rows))
        return len(rows)

    async def _deliver(self, http: httpx2.AsyncClient, row: Row[Any]) -> None:
        place = Position(row.after_xid, row.after_number)
        viewer = Actor(subject=row.subject, party=row.party, role=row.role, port=row.port)
        async with self._database.reading() as tx:
            events = await read_after(tx, place, rows=_BATCH)
            seen = await queries.kinds_of_visible(tx, {e.case_id for e in events}, viewer)
        ends, error, delivered = time.monotonic() + _TURN_S, None, 0
        for event in events:
            if event.case_id in seen and _wanted(row, event):
                message = schemas.stream_message(event, seen[event.case_id], viewer)
                error = await self._told(http, row, message)
                telemetry.deliveries.labels(error or "DELIVERED").inc()
                if error is not None:
                    break
                delivered += 1
            place = event.position
            if time.monotonic() > ends:
                break
        async with self._database.transaction() as tx:
            await webhook_settle(
                tx, row, place=place, delivered=delivered, error=error, now=datetime.now(UTC)
            )
        if error is not None:
            log.info("webhook_failed", webhook=show("whk", row.webhook_id), error=error)

    async def _told(
        self, http: httpx2.AsyncClient, row: Row[Any], message: dict[str, Any]
    ) -> str | None:
        """None when the receiver took the message, else a word for what went wrong."""
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
            return "ADDRESS_NOT_PUBLIC"
        except TimeoutError:
            return "TIMEOUT"
        except (OSError, httpx2.HTTPError) as error:
            return "TIMEOUT" if isinstance(error, httpx2.TimeoutException) else "UNREACHABLE"
        return None if answer.is_success else f"HTTP_{answer.status_code}"

    def _signed(self, row: Row[Any], id_: str, content: str) -> dict[str, str]:
        secret = Webhook(self._vault.open(row.secret_sealed, context=SEALED_FOR))
        now = datetime.now(UTC)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Tradewindow",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": secret.sign(msg_id=id_, timestamp=now, data=content),
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
        if not self._sandbox and not _all_public(numbers):
            raise _NotPublic
        return url.copy_with(host=numbers[0]), url.netloc.decode()


class _NotPublic(Exception):
    """The address leads into a private network, where only this machine should reach."""


def _all_public(numbers: Iterable[str]) -> bool:
    return all(ipaddress.ip_address(n.partition("%")[0]).is_global for n in numbers)


def _wanted(row: Row[Any], event: Logged) -> bool:
    return row.event_types is None or event.type in row.event_types
