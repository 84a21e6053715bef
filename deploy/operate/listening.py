"""The HTTP server's own limits: how large a head may be, and how long one waits for it.

uvicorn waits for ever for the rest of a half-sent head. Bodies have their time in the rings around
the services (services/platform/intake.py), where it is known who sends them and how much he may.
"""

from __future__ import annotations

import json
import socket
from asyncio import BaseTransport, TimerHandle
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from services.kernel.refusal import Refusal
from services.kernel.refusals import HEADERS_TOO_LARGE, NOT_HTTP
from services.platform import problem
from services.platform.language import ENGLISH
from services.platform.settings import SettingsError

HEAD_S: Final = 10.0
"""From the opening of a connection, or the end of an answer, to the end of the next head."""
HEAD_MAX: Final = 64 * 1024
"""Bytes of a head that are taken in at all; a service itself takes a good deal less."""


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of this host. Raises SettingsError when none is to be had."""
    bound: list[socket.socket] = []
    why = ""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        found, why = [], error.strerror or str(error)
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            bound.append(socket.create_server(address, family=family, dualstack_ipv6=False))
        except OSError as error:
            why = error.strerror or str(error)
    if not bound:
        raise SettingsError(
            f"Nobody can be answered at {host}, port {port} ({why}); name another in HTTP_HOST and"
            " HTTP_PORT."
        )
    return bound


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an end to its patience.

    After an answer the rest of a body that nobody reads is let pass for as long as the next head
    may take; then the connection is closed.

    A request that offers to go on in another protocol (``Upgrade: h2c``, as Java's client does with
    every first one) is served in the one it came in, with its body: nobody need take an offer (RFC
    9110, 7.8). The parser takes the head of such a request for its end, so its body is read by a
    parser of its own.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_ends: TimerHandle | None = None
        self._head_size = 0
        self._resuming = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Called by the loop: the clock starts before anything was sent."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called by the loop. A head that goes on beyond its bound is answered and cut off."""
        awaited = self._head_ends is not None
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        if awaited and self._head_ends is not None and not self.transport.is_closing():
            self._head_size += len(data)
            if self._head_size > HEAD_MAX and not self._is_draining():
                self._refuse(HEADERS_TOO_LARGE.at(size=f"{HEAD_MAX // 1024} KiB"))

    def _feed(self, data: bytes) -> None:
        """Raises HttpParserError for what is no HTTP."""
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offered:
                data = data[offered.args[0] :]
                self._resume()
            else:
                return

    def _resume(self) -> None:
        """Go on with the body of a request that offered another protocol: its length is its own."""
        framing = (b"content-length", b"transfer-encoding")
        lines = [b"%s: %s\r\n" % (name, value) for name, value in self.headers if name in framing]
        self.parser = httptools.HttpRequestParser(self)
        self._resuming = True
        try:
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n")
        finally:
            self._resuming = False

    def on_message_begin(self) -> None:
        """Called by the parser."""
        if not self._resuming:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Called by the parser."""
        if not self._resuming:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if not self._resuming:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Called by the parser: from here on the services watch the clock."""
        if not self._resuming:
            self._head_came()
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser; not yet the end where another protocol was offered."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Called when an answer is out: the next head, or the rest of this body, has its time."""
        was_asked_more = bool(self.pipeline)
        super().on_response_complete()
        if not was_asked_more and not self.transport.is_closing():
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, in the shape of every other refusal."""
        self._refuse(NOT_HTTP.at(found=msg))

    def _is_draining(self) -> bool:
        """Whether what comes still belongs to a request that was answered before it was whole."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete and cycle.more_body

    def _await_head(self) -> None:
        self._head_came()
        self._head_size = 0
        self._head_ends = self.loop.call_later(HEAD_S, self.transport.close)

    def _head_came(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse in English: the head, which would say what the reader reads, is not read."""
        answer = problem.answer((refusal,))
        body = json.dumps(problem.worded(answer.body, ENGLISH)).encode()
        head = (
            b"content-type: application/problem+json\r\ncache-control: no-store\r\n"
            b"x-content-type-options: nosniff\r\ncontent-language: en\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % len(body)
        )
        self.transport.write(STATUS_LINE[answer.status] + head + body)
        self.transport.close()
