"""A process that is pestered goes on answering: whoever sends slowly waits for himself alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import structlog
import uvicorn
from structlog.testing import LogCapture

from deploy.operate import listening
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.listening import HEAD_MAX, BoundedProtocol
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from deploy.sandbox.token import token
from services.platform import intake
from services.platform.edge import HEADERS_MAX
from services.platform.intake import NOTE, REGISTER
from tests.support.on_file import officer_filed


@dataclass
class Door:
    """The window as it listens on this machine, with time that is short."""

    port: int
    home: Path

    def bearer(self, role: str, party: str, **named: Any) -> str:
        key = DataDirectory(self.home).issuer_key()
        return f"Bearer {token(key, role=role, party=party, subject=uuid4().hex, **named)}"

    async def healthy(self) -> None:
        """Health and the list of explorers answer."""
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=20) as http:
            for path in ("/health/live", "/declaration/health/live", "/registry/health/ready"):
                assert (await http.get(path)).status_code == 200

    async def post(self, path: str, body: bytes, bearer: str) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as http:
            headers = {"authorization": bearer, "idempotency-key": uuid4().hex}
            headers |= {"content-type": "application/json"}
            return await http.post(path, content=body, headers=headers)

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A bare connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Heads and bodies have half the time: enough for a busy machine."""
    monkeypatch.setattr(listening, "HEAD_S", 5.0)
    monkeypatch.setattr(intake, "SLOW_S", 5.0)
    yield


@pytest.fixture
async def door(stack: Endpoints, stack_home: Path, short_patience: None) -> AsyncIterator[Door]:
    settings = settings_of(stack_home, endpoints=stack).model_copy(update={"intake_limit": 20})
    assembly = Assembly.create(settings)
    config = uvicorn.Config(
        all_in_one(assembly),
        port=0,
        log_config=None,
        lifespan="off",
        http=BoundedProtocol,
        ws="none",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Door(port, stack_home)
    server.should_exit = True
    await serving
    await assembly.close()


def head(path: str, bearer: str, length: int) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: window",
        f"Authorization: {bearer}",
        f"Idempotency-Key: {uuid4().hex}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def status_of(reader: asyncio.StreamReader) -> int:
    line = await reader.readline()
    return int(line.split()[1])


@pytest.mark.slow
async def test_half_sent_heads_are_cut_off_while_health_answers(door: Door) -> None:
    async with contextlib.AsyncExitStack() as lines:
        readers = []
        for number in range(150):
            reader, writer = await lines.enter_async_context(door.line())
            if number % 2:
                writer.write(b"GET /declaration/v1/lots HTTP/1.1\r\nHost: wi")
            readers.append(reader)
        await door.healthy()
        assert await asyncio.gather(*(reader.read() for reader in readers)) == [b""] * 150
    await door.healthy()


@pytest.mark.slow
async def test_a_head_that_dribbles_is_cut_off_as_well(door: Door) -> None:
    async with door.line() as (reader, writer):
        with contextlib.suppress(OSError):
            for _ in range(400):
                writer.write(b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
                if reader.at_eof():
                    break
        assert reader.at_eof() or reader.exception() is not None  # or what was on its way is reset


@pytest.mark.parametrize("size", [HEADERS_MAX + 1, HEAD_MAX * 3])
async def test_large_headers_are_refused(door: Door, size: int) -> None:
    async with door.line() as (reader, writer):
        begin = b"GET /declaration/health/live HTTP/1.1\r\nHost: w\r\nX-Large: "
        writer.write(begin + b"x" * size + b"\r\n\r\n")
        assert await status_of(reader) == 431
    await door.healthy()


@pytest.mark.slow
async def test_bodies_that_dribble_take_nobodys_place_and_are_cut_off(door: Door) -> None:
    bearer = door.bearer("clerk", "group:DX-G001")
    other = door.bearer("clerk", "group:DX-G002")
    async with contextlib.AsyncExitStack() as lines:
        readers = []
        for _ in range(60):
            reader, writer = await lines.enter_async_context(door.line())
            writer.write(head("/declaration/v1/lots", bearer, 4_000) + b'{"reference": "')
            readers.append(reader)
        answer = await door.post("/declaration/v1/lots", b"{}", other)
        assert answer.status_code == 422, "another caller is served meanwhile"
        await door.healthy()
        assert await asyncio.gather(*map(status_of, readers)) == [408] * 60


@pytest.mark.slow
async def test_one_caller_has_so_many_bodies_under_way(door: Door) -> None:
    bearer = door.bearer("clerk", "group:DX-G001")
    async with contextlib.AsyncExitStack() as lines:
        readers = []
        for _ in range(80):
            reader, writer = await lines.enter_async_context(door.line())
            writer.write(head("/declaration/v1/lots", bearer, 4_000) + b"{")
            readers.append(reader)
        statuses = await asyncio.gather(*map(status_of, readers))
    assert sorted(statuses) == [408] * 64 + [429] * 16


@pytest.mark.slow
async def test_a_stranger_is_answered_before_his_body_is_read(door: Door) -> None:
    async with door.line() as (reader, writer):
        writer.write(head("/registry/v1/residents", "Bearer nobody", REGISTER.size) + b"[")
        assert await status_of(reader) == 401
        assert b"unauthenticated" in (await reader.read()).lower(), "and the line is closed"


@pytest.mark.slow
async def test_780_000_unknown_keys_are_refused_at_once(door: Door) -> None:
    keys = {f"{number:x}": 1 for number in range(780_000)}
    body = json.dumps(keys, separators=(",", ":")).encode()
    assert NOTE.size < len(body) <= REGISTER.size
    registrar = door.bearer("registrar", "platform:registrar")
    hostile = asyncio.create_task(door.post("/registry/v1/residents", body, registrar))
    await door.healthy()
    answer = await hostile
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert len(answer.content) < 2_000


@pytest.mark.parametrize(("mistakes", "shown"), [(90, 90), (900, 100), (90_000, 1)])
async def test_very_many_mistakes_make_a_short_answer(
    door: Door, mistakes: int, shown: int
) -> None:
    body = json.dumps({"rows": [1] * mistakes} | {"w" * 50_000: 1}).encode()
    if mistakes > 5_000:
        body = json.dumps({f"k{number}": 1 for number in range(mistakes)}).encode()
    registrar = door.bearer("registrar", "platform:registrar")
    answer = await door.post("/registry/v1/residents", body, registrar)
    problem = answer.json()
    assert answer.status_code == 422
    assert len(problem["errors"]) == min(shown + (mistakes == 90), 100)
    assert problem.get("errors_left_out", 0) == (801 if mistakes == 900 else 0)
    assert len(answer.content) < 100_000
    await door.healthy()


async def test_a_rule_that_would_take_for_ever_is_refused_before_it_is_tried(
    door: Door, stack: Endpoints
) -> None:
    async with asyncpg.create_pool(stack.database_url, min_size=0, max_size=1) as sql:
        on_file = await officer_filed(sql, "DONGXING")
    deep = "true"
    for number in range(7):
        deep = f"[1,2,3,4,5,6,7,8].all(x{number}, {deep})"
    rule = {
        "code": "FOREVER",
        "title": "test",
        "lane": "RED",
        "expression": deep,
        "example": {},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    officer = door.bearer("risk_officer", f"officer:{on_file}", port="DONGXING")
    answer = await door.post("/risk/v1/rules", json.dumps(rule).encode(), officer)
    assert (answer.status_code, answer.json()["code"]) == (422, "RULE_TOO_COSTLY")
    assert answer.json()["errors"][0]["pointer"] == "/expression"
    await door.healthy()


@pytest.mark.parametrize("path", ["/declaration/v1/lots/", "/metrics", "/docs/", "/window/docs/"])
async def test_nobody_is_sent_on_to_the_host_he_was_given(door: Door, path: str) -> None:
    async with door.line() as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        assert await status_of(reader) in (200, 404)
        assert b"evil.example" not in await reader.read(4_096)


async def test_what_is_no_http_is_refused_in_the_shape_of_every_refusal(door: Door) -> None:
    async with door.line() as (reader, writer):
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        answer = await reader.read()
    assert b" 400 " in answer and b"application/problem+json" in answer


@pytest.mark.parametrize(("line", "status"), [("GET /nowhere", 404), ("POST /docs", 405)])
async def test_what_no_service_answers_is_refused_in_that_shape_too(
    door: Door, line: str, status: int
) -> None:
    async with door.line() as (reader, writer):
        head = f"{line} HTTP/1.1\r\nHost: window\r\nAccept-Language: vi\r\nConnection: close"
        writer.write(f"{head}\r\nContent-Length: 0\r\n\r\n".encode())
        headers, _, body = (await reader.read()).partition(b"\r\n\r\n")
    told = json.loads(body)
    assert (told["status"], headers.split()[1]) == (status, str(status).encode())
    assert f"x-request-id: {told['request_id']}".encode() in headers.lower()
    assert b"content-language: vi" in headers.lower()


COVERED = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/docs", "/health/live", "/metrics", "/nowhere", "/declaration/health/ready"),
        *("/window/docs", "/window/openapi.json", "/window/docs/start.js", "/declaration/v1/lots"),
    ],
)
async def test_every_answer_is_neither_kept_nor_framed(door: Door, path: str) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as http:
        answer = await http.get(path)
    assert {name: answer.headers[name] for name in COVERED} == COVERED
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers.get_list("cache-control")) == 1
    assert "strict-transport-security" not in answer.headers, "there is no TLS here to insist on"


def upgrading(path: str, bearer: str, body: bytes, *framing: str) -> bytes:
    """A request as Java's client sends its first one: with an offer to go on in HTTP/2."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Connection: Upgrade, HTTP2-Settings",
        "Host: window",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        "Upgrade: h2c",
        f"Authorization: {bearer}",
        f"Idempotency-Key: {uuid4().hex}",
        "Content-Type: application/json",
        *(framing or (f"Content-Length: {len(body)}",)),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    status, length = await status_of(reader), 0
    while (line := await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        length = int(value) if name.lower() == "content-length" else length
    return status, json.loads(await reader.readexactly(length))


@pytest.mark.parametrize("pieces", ["at once", "head and body", "byte by byte"])
@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_a_request_that_offers_http_2_is_served_with_its_body(
    door: Door, pieces: str, framing: str
) -> None:
    """And the line goes on: the next request is read from where its body ends."""
    registrar = door.bearer("registrar", "platform:registrar")
    body = json.dumps({"rows": [{"unknown": "field"}]}).encode()
    sent = upgrading("/registry/v1/sellers", registrar, body)
    if framing == "chunks":
        chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        sent = upgrading("/registry/v1/sellers", registrar, chunked, "Transfer-Encoding: chunked")
    begins = sent.index(b"\r\n\r\n") + 4
    cuts = {"at once": [], "head and body": [begins], "byte by byte": range(1, len(sent))}[pieces]
    async with door.line() as (reader, writer):
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            writer.write(sent[start:end])
            await writer.drain()
            await asyncio.sleep(0)
        for _ in range(2):
            status, problem = await answered(reader)
            assert status == 422
            pointers = {error["pointer"] for error in problem["errors"]}
            assert "/rows/0/unknown" in pointers, "the body was read"
            writer.write(upgrading("/registry/v1/sellers", registrar, body))


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/registry/v1/sellers", ("registrar", "platform:registrar")),
        ("/declaration/v1/lots", ("clerk", "group:DX-G001")),
    ],
)
async def test_a_caller_who_leaves_in_the_middle_of_a_body_is_no_fault_of_ours(
    door: Door, path: str, role: tuple[str, str]
) -> None:
    logged, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logged])
    try:
        async with door.line() as (_, writer):
            writer.write(head(path, door.bearer(*role), 1_000) + b'{"rows": [')
            await writer.drain()
            await asyncio.sleep(0.2)
        await door.healthy()
        await asyncio.sleep(0.2)
    finally:
        structlog.configure(**before)
    assert not [entry for entry in logged.entries if entry["event"] == "bug"]
    assert not [entry for entry in logged.entries if entry["log_level"] in ("error", "critical")]


async def test_the_log_says_who_was_answered_what_and_nobodys_name(door: Door) -> None:
    logged, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logged])
    key, subject = DataDirectory(door.home).issuer_key(), f"nong.qiang.{uuid4().hex}"
    bearer = token(key, role="registrar", party="platform:registrar", subject=subject)
    try:
        await door.post("/registry/v1/sellers", b'{"rows": []}', f"Bearer {bearer}")
        await door.post("/registry/v1/sellers", b'{"rows": [1]}', f"Bearer {bearer}")
    finally:
        structlog.configure(**before)
    lines = [entry for entry in logged.entries if entry["event"] == "request"]
    assert [line["codes"] for line in lines] == [["REQUEST_INVALID"]] * 2
    assert len({line["subject"] for line in lines}) == 1
    assert all(line["source"] and line["party_kind"] == "platform" for line in lines)
    assert subject not in str(logged.entries)


async def test_a_body_that_is_packed_is_refused_as_what_it_is(door: Door) -> None:
    registrar = door.bearer("registrar", "platform:registrar")
    headers = {
        "authorization": registrar,
        "idempotency-key": uuid4().hex,
        "content-type": "application/json",
        "content-encoding": "gzip",
    }
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as http:
        answer = await http.post("/registry/v1/sellers", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept-encoding"] == "identity"
