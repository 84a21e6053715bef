"""A bank's report is taken from whatever client its system is built on, byte for byte as it writes:
Java's, Go's, Node's, curl's, and through proxies that speak HTTP/1.0 or split what they pass on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
import uvicorn
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from deploy.operate.listening import BoundedProtocol
from services.platform.front import Front
from services.settlement.service import MANIFEST
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import ORIGIN, Bench

H2C: Final = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}


@dataclass
class Sent:
    """A signed report as a client writes it."""

    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    url: str = f"{ORIGIN}{STATUSES}"
    target: str = STATUSES
    version: str = "HTTP/1.1"
    line: Callable[[str, str], str] = field(default=lambda name, value: f"{name}: {value}")

    def head(self, **framing: str) -> bytes:
        """The head, with what says how long the body is."""
        lines = [f"{self.method} {self.target} {self.version}"]
        given = {"Host": "settlement", **self.headers, **framing}
        lines += [self.line(name.replace("_", "-"), value) for name, value in given.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def whole(self, **framing: str) -> list[bytes]:
        """Head and body at once."""
        return [self.head(Content_Length=str(len(self.body)), **framing) + self.body]

    def chunked(self, size: int, *, extension: str = "", trailer: str = "") -> list[bytes]:
        """The head, and the body in chunks of a size, each sent by itself."""
        pieces = [self.body[at : at + size] for at in range(0, len(self.body), size)]
        chunks = [b"%x%s\r\n%s\r\n" % (len(p), extension.encode(), p) for p in pieces]
        return [self.head(Transfer_Encoding="chunked"), *chunks, f"0\r\n{trailer}\r\n".encode()]


def java(sent: Sent) -> list[bytes]:
    """java.net.http: its first request offers HTTP/2."""
    sent.headers |= H2C
    return sent.whole(User_Agent="Java-http-client/21.0.1")


def java_without_a_length(sent: Sent) -> list[bytes]:
    """The same, of a publisher that does not know how much it has."""
    sent.headers |= H2C
    return sent.chunked(16384)


def go(sent: Sent) -> list[bytes]:
    """net/http, of a reader without a length."""
    sent.headers |= {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}
    return sent.chunked(512)


def node(sent: Sent) -> list[bytes]:
    """fetch of a stream: names in small letters, one piece after the other."""
    sent.line = lambda name, value: f"{name.lower()}: {value}"
    sent.headers |= {"connection": "keep-alive", "accept": "*/*", "sec-fetch-mode": "cors"}
    return sent.chunked(37)


def with_chunks_that_say_more(sent: Sent) -> list[bytes]:
    """Extensions of chunks, and a trailer."""
    return sent.chunked(100, extension=";part=1", trailer="X-Checksum: none\r\n")


def an_old_proxy(sent: Sent) -> list[bytes]:
    """HTTP/1.0, which ends the line after the answer."""
    sent.version = "HTTP/1.0"
    return sent.whole(Via="1.0 proxy.bank")


def an_old_proxy_that_stays(sent: Sent) -> list[bytes]:
    """HTTP/1.0 that asks for the line to go on."""
    sent.version = "HTTP/1.0"
    return sent.whole(Connection="keep-alive")


def a_forward_proxy(sent: Sent) -> list[bytes]:
    """The target written whole (RFC 9112, 3.2.2)."""
    sent.target = sent.url
    return sent.whole(Proxy_Connection="keep-alive")


def a_proxy_that_splits_lists(sent: Sent) -> list[bytes]:
    """The gateway signed too, and its signature stands in a line of its own."""
    sent.headers |= {"signature-input": 'gw=("@method");keyid="gw"', "signature": "gw=:AAAA:"}
    return sent.whole()


def byte_by_byte(sent: Sent) -> list[bytes]:
    """A line as slow as that."""
    (whole,) = sent.whole()
    return [bytes([byte]) for byte in whole]


CLIENTS: Final = {
    client.__name__: client
    for client in (
        java,
        java_without_a_length,
        go,
        node,
        with_chunks_that_say_more,
        an_old_proxy,
        an_old_proxy_that_stays,
        a_forward_proxy,
        a_proxy_that_splits_lists,
        byte_by_byte,
    )
}


@dataclass(frozen=True)
class Line:
    """A connection to the window as it listens."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def head(self) -> tuple[int, dict[str, str]]:
        """The next answer's status and fields."""
        status = int((await self.reader.readline()).split()[1])
        found = {}
        while (line := await self.reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            found[name.lower()] = value.strip()
        return status, found

    async def answer(self) -> tuple[int, Any]:
        """The next answer, whole."""
        status, found = await self.head()
        return status, json.loads(await self.reader.readexactly(int(found["content-length"])))


@dataclass(frozen=True)
class Door:
    """Settlement as it listens on this machine."""

    bench: Bench
    port: int

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def signed(self, offered: Offered, code: str = "ACSP") -> Sent:
        """A report as its bank's system signs it, for the origin of the window."""
        bearer = self.bench.bearer("bank", f"bank:{offered.bic}")
        headers = {
            "Authorization": f"Bearer {bearer}",
            "Content-Type": "application/xml",
            "Idempotency-Key": uuid4().hex,
        }
        sent = Sent(offered.xml(code, None), headers)
        keys: dict[str, Any] = {offered.bic: self.bench.keys[offered.bic].private_key}
        HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys=keys),
        ).sign(
            sent,
            key_id=offered.bic,
            created=datetime.now(UTC),
            covered_component_ids=("@method", "@target-uri", "idempotency-key"),
            body=sent.body,
        )
        return sent


@pytest.fixture
async def door(bench: Bench) -> AsyncIterator[Door]:
    app = MANIFEST.app(bench.services, front=Front(origin=ORIGIN))
    config = uvicorn.Config(
        app, port=0, log_config=None, lifespan="off", http=BoundedProtocol, ws="none"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    yield Door(bench, server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await serving


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    return await one_offered(bench)


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_report_is_taken_as_its_client_writes_it(
    door: Door, offered: Offered, client: str
) -> None:
    async with door.line() as line:
        await line.send(*CLIENTS[client](door.signed(offered)))
        status, said = await line.answer()
    assert (status, said["statuses"][0]["disposition"]) == (202, "RECORDED"), said


async def test_who_asks_first_whether_to_go_on_is_told_so(door: Door, offered: Offered) -> None:
    """curl with a large body, Java and .NET when told to: ``Expect: 100-continue``."""
    sent = door.signed(offered)
    async with door.line() as line:
        await line.send(sent.head(Content_Length=str(len(sent.body)), Expect="100-continue"))
        assert (await line.head())[0] == 100
        await line.send(sent.body)
        assert (await line.answer())[0] == 202


async def test_who_asks_first_and_is_nobody_is_answered_and_sends_no_body(
    door: Door, offered: Offered
) -> None:
    sent = door.signed(offered)
    sent.headers["Authorization"] = "Bearer nobody"
    async with door.line() as line:
        await line.send(sent.head(Content_Length=str(len(sent.body)), Expect="100-continue"))
        assert (await line.answer())[0] == 401


async def test_one_line_carries_one_request_after_another(door: Door, offered: Offered) -> None:
    """Whether the one before was taken, refused for its content, or as a repetition."""
    async with door.line() as line:
        for code, status in (("ACSP", 202), ("NONE", 422), ("ACSP", 200), ("ACSC", 202)):
            sent = door.signed(offered, code)
            await line.send(*(sent.chunked(64) if status == 200 else sent.whole()))
            assert (await line.answer())[0] == status


async def test_requests_that_do_not_wait_for_the_answer_are_answered_in_their_order(
    door: Door, offered: Offered
) -> None:
    async with door.line() as line:
        await line.send(
            b"".join(
                piece
                for code in ("ACSP", "PDNG", "ACSC")
                for piece in door.signed(offered, code).whole()
            )
        )
        found = [await line.answer() for _ in range(3)]
    assert [status for status, _ in found] == [202] * 3
    assert [said["statuses"][0]["code"] for _, said in found] == ["ACSP", "PDNG", "ACSC"]


@pytest.mark.parametrize("client", ["an_old_proxy", "an_old_proxy_that_stays"])
async def test_after_http_1_0_the_line_ends_and_nothing_says_that_it_goes_on(
    door: Door, offered: Offered, client: str
) -> None:
    async with door.line() as line:
        await line.send(*CLIENTS[client](door.signed(offered)))
        status, found = await line.head()
        assert (status, found["connection"]) == (202, "close")
        said = await line.reader.read()
    assert len(said) == int(found["content-length"])


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: identity, chunked, identity",
        "Content-Length: +5",
    ],
)
async def test_a_body_of_which_it_is_unclear_where_it_ends_is_not_taken(
    door: Door, offered: Offered, framing: str
) -> None:
    """Two readers on the way would see two requests in it (RFC 9112, 6.3)."""
    sent = door.signed(offered)
    async with door.line() as line:
        await line.send(sent.head()[:-2] + framing.encode() + b"\r\n\r\n" + sent.body)
        assert (await line.head())[0] == 400
    assert (await door.bench.read(offered.instruction_id))["state"] == "OFFERED"
