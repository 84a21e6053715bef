"""The way to PostgreSQL, to the engine and to the collector, over TLS that checks who answers."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

from deploy.operate.data_directory import DataDirectory, Endpoints, LocalError
from deploy.operate.migrate import bring_up
from services.platform.database import Database
from services.platform.settings import Settings, SettingsError
from services.platform.telemetry import span_exporter
from services.platform.temporal import access_of, connect
from tests.support.certificates import Authority, Issued

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that signed for nobody here."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
async def postgres(stack: Endpoints, authority: Authority) -> AsyncIterator[Endpoints]:
    """The database server behind a door that speaks TLS, as `localhost`, and nothing in clear.

    The embedded server is built without TLS; what is tried here is what the client believes.
    """
    issued = authority.issue("localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    parts = urlsplit(stack.database_url)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(8) != SSL_REQUEST:
            writer.close()
            return
        writer.write(b"S")
        with contextlib.suppress(OSError):
            await writer.start_tls(context)
            inner, outer = await asyncio.open_connection(parts.hostname, parts.port)
            await asyncio.gather(_copied(reader, outer), _copied(inner, writer))

    door = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    netloc = f"postgres:{parts.password}@localhost:{port}"
    yield replace(stack, database_url=parts._replace(netloc=netloc).geturl())
    door.close()


def over_tls(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(authority.file))


async def answers(url: str) -> bool:
    """Whether the record at this address is believed and answers."""
    database = Database(url, role="postgres", pool_size=1)
    try:
        return await database.answers()
    except ssl.SSLError:
        return False
    finally:
        await database.close()


async def test_the_record_is_reached_over_tls_that_checks_its_name(
    postgres: Endpoints, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_tls(monkeypatch, authority)
    assert await answers(postgres.database_url)


@pytest.mark.parametrize("wrong", ["name", "authority"])
async def test_a_record_of_another_name_or_authority_is_not_believed(
    wrong: str,
    postgres: Endpoints,
    authority: Authority,
    stranger: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over_tls(monkeypatch, authority if wrong == "name" else stranger)
    url = postgres.database_url
    assert not await answers(url.replace("localhost", "127.0.0.1") if wrong == "name" else url)


async def test_the_migration_goes_the_same_way(
    postgres: Endpoints,
    stack_home: Path,
    authority: Authority,
    stranger: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = DataDirectory(stack_home).secrets().database_passwords
    over_tls(monkeypatch, authority)
    await asyncio.to_thread(bring_up, postgres.database_url, passwords)
    over_tls(monkeypatch, stranger)
    with pytest.raises(LocalError, match="does not answer"):
        await asyncio.to_thread(bring_up, postgres.database_url, passwords)


@asynccontextmanager
async def engine_over_tls(plain: str, server: Issued, clients: Authority) -> AsyncIterator[int]:
    """A door of the engine that speaks TLS and asks for a certificate; its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(clients.file))
    context.load_cert_chain(server.certificate, server.key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    host, _, port = plain.partition(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_copied(reader, outer), _copied(inner, writer))

    door = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    try:
        yield door.sockets[0].getsockname()[1]
    finally:
        door.close()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def settings(tmp_path: Path, **given: Any) -> Settings:
    return Settings(
        database_url="postgresql://db/x",
        secrets_file=tmp_path / "none.json",
        engine_sealed=False,
        **given,
    )


async def test_the_engine_is_reached_by_certificate_and_checked_by_its_name(
    stack: Endpoints, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    server, client = authority.issue("engine.example"), authority.issue("relay.example")
    forged = stranger.issue("relay.example")
    given = {
        "temporal_server_ca": authority.file,
        "temporal_server_name": "engine.example",
        "temporal_client_cert": client.certificate,
        "temporal_client_key": client.key,
    }
    async with engine_over_tls(stack.temporal_address, server, authority) as port:
        address = f"127.0.0.1:{port}"

        async def reached(**changed: Any) -> bool:
            access = access_of(settings(tmp_path, **given | changed))
            found = await connect(address, stack.temporal_namespace, access=access)
            return await found.service_client.check_health()

        assert await reached()
        for refused in (
            {"temporal_server_name": "other.example"},
            {"temporal_server_ca": stranger.file},
            {"temporal_client_cert": forged.certificate, "temporal_client_key": forged.key},
            {"temporal_client_cert": None, "temporal_client_key": None},
        ):
            with pytest.raises(RuntimeError):
                await reached(**refused)


def test_the_token_for_the_engines_authorizer_comes_from_a_file_and_goes_over_tls(
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text("abc.def.ghi\n")
    access = access_of(settings(tmp_path, temporal_api_key_file=tmp_path / "token"))
    assert access.api_key == "abc.def.ghi"
    assert access.tls is not None
    assert "abc.def" not in repr(access)


def test_an_engine_on_this_machine_is_spoken_to_in_clear(tmp_path: Path) -> None:
    assert access_of(settings(tmp_path)).tls is None
    assert access_of(settings(tmp_path, temporal_tls=True)).tls is not None


def test_half_a_certificate_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Set both TEMPORAL_CLIENT_CERT and"):
        access_of(settings(tmp_path, temporal_client_cert=tmp_path / "x"))


class Collector(BaseHTTPRequestHandler):
    """Takes spans at the usual path."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_traces_go_to_a_collector_that_is_checked(
    authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = authority.issue("collector.example", address="127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        span = TracerProvider().get_tracer("test").start_span("a case")
        span.end()

        def sent(to: Authority) -> SpanExportResult:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(to.file))
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
            monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
            monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
            return span_exporter(f"https://127.0.0.1:{server.server_port}").export([span])  # type: ignore[list-item]

        assert sent(authority) is SpanExportResult.SUCCESS
        assert sent(stranger) is SpanExportResult.FAILURE
        server.shutdown()
