"""The screens as a process of their own, before a window in another process.

Real HTTP between all of them; people sign in at the sandbox's issuer, which that window serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import httpx2
import pytest

from deploy import cli
from deploy.local.stack import LocalStack
from deploy.operate.migrate import migrate
from deploy.operate.secret_shares import split
from deploy.operate.settings import settings_of
from services.kernel.identifiers import new_id
from services.platform.database import Database
from services.platform.settings import role_of
from services.portal.interface import Interface
from tests.deploy.conftest import case_filed
from tests.deploy.pods import HOST, Node, files_of, node
from tests.deploy.test_processes_with_their_share import started, until_ready
from tests.support.ports import free_port

ORIGIN: Final = f"https://{HOST}"
READY: Final = "/portal/health/ready"
PERSON: Final = {
    "subject": "auditor-of-the-screens",
    "role": "auditor",
    "party": "auditor:A1",
    "name": "Lan",
    "of": "",
}
_ROOT: Final = Path(__file__).resolve().parents[2]


class Gateway(httpx2.AsyncBaseTransport):
    """Leads each path to its process and leaves the Host that the caller named, as the gateway."""

    def __init__(self, window: int, *portals: int) -> None:
        # A connection for each request, as nginx has it.
        self._inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))
        self._window = window
        self._portals = portals
        self._asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        port = self._window
        if request.url.path == "/" or request.url.path.startswith("/portal"):
            # Another one for each request: a person's pages come from all of them.
            port = self._portals[self._asked % len(self._portals)]
            self._asked += 1
        # The caller's own request stays as it is: cookies are of the address that he named.
        sent = httpx2.Request(
            request.method,
            request.url.copy_with(scheme="http", host="127.0.0.1", port=port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(frozen=True)
class Beside:
    """A window in a process of its own, and what the chart's pods find."""

    home: Path
    port: int
    shares: Path
    node: Node

    @property
    def told(self) -> dict[str, str]:
        """Where this window is, which the chart has elsewhere."""
        here = f"http://127.0.0.1:{self.port}"
        return {
            "INTERFACE_URL": here,
            "OIDC_METADATA": f"{here}/issuer/.well-known/openid-configuration",
        }

    @contextlib.contextmanager
    def portal(self, **otherwise: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
        """The screens as the chart starts them, at a port."""
        port = free_port()
        with started(self.node.placed("portal", port=port), self.told | otherwise) as running:
            yield port, running


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    # On servers of its own: a window at a data directory writes into that directory's database.
    home, shares = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("shares")
    with LocalStack(home, durable=False, keep_ports=False) as own:
        migrate(own.endpoints, own.secrets)
        split(home / "secrets.json", into=shares)
        (home / "sample-people.json").write_text(json.dumps([PERSON]))
        window = subprocess.Popen(
            [sys.executable, "-P", "-m", "deploy", "window", "--home", str(home)],
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            stderr=subprocess.DEVNULL,
        )
        try:
            with node(own.endpoints, files_of(shares, home / "issuer.jwk")) as pods:
                yield Beside(home, own.directory.ports()["window"], shares, pods)
        finally:
            window.terminate()
            window.wait(60)


@pytest.fixture(scope="module")
def two(beside: Beside) -> Iterator[tuple[int, int]]:
    with beside.portal() as (one, _), beside.portal() as (other, _):
        yield one, other


@pytest.fixture
async def browser(beside: Beside, two: tuple[int, int]) -> AsyncIterator[httpx2.AsyncClient]:
    # Their own, and the whole window's, which is at work on its start for a while.
    for port, path in ((beside.port, "/health/ready"), *((p, READY) for p in two)):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as direct:
            await _ready(direct, path)
    async with httpx2.AsyncClient(
        transport=Gateway(beside.port, *two), base_url=ORIGIN, timeout=60
    ) as http:
        yield http


class Doctor(Protocol):
    """What the doctor says of the screens as the chart starts them, and how it ends."""

    async def __call__(self, beside: Beside, **otherwise: str) -> tuple[int, str]: ...


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    async def examined(beside: Beside, **otherwise: str) -> tuple[int, str]:
        told = beside.node.placed("portal", port=free_port()).environment
        for name, value in (told | beside.told | otherwise).items():
            monkeypatch.setenv(name, value)
        # It has a loop of its own, as a command has.
        status = await asyncio.to_thread(cli.run_command, ["doctor", "portal"])
        return status, capsys.readouterr().out

    return examined


async def _ready(http: httpx2.AsyncClient, path: str = READY) -> None:
    async with asyncio.timeout(180):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(path)).status_code == 200:
                    return
            await asyncio.sleep(0.2)


async def signed_in(http: httpx2.AsyncClient) -> httpx2.Response:
    """Somebody who came by the first address taps the own name, and is at the first page."""
    page = await http.get("/", follow_redirects=True)
    assert page.url.path == "/issuer/authorize", page.text
    asked = dict(page.url.params)
    return await http.post(
        "/issuer/authorize", data={**asked, "subject": PERSON["subject"]}, follow_redirects=True
    )


@pytest.mark.slow
async def test_somebody_signs_in_and_is_known_by_every_process(browser: httpx2.AsyncClient) -> None:
    first = await signed_in(browser)
    assert (first.status_code, first.url.path) == (200, "/portal/")
    assert PERSON["name"] in first.text
    for _ in range(4):
        page = await browser.get("/portal/signed")
        assert page.status_code == 200
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src")
        assert "strict-transport-security" in page.headers
    (cookie,) = [c for c in browser.cookies.jar if c.name == "__Host-tw"]
    assert cookie.secure


@pytest.mark.slow
async def test_what_happens_is_told_at_once_and_a_stop_ends_the_stream(
    browser: httpx2.AsyncClient, beside: Beside
) -> None:
    await signed_in(browser)
    cookies = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar)
    with beside.portal() as (port, running):
        address = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=address, headers={"Cookie": cookies}) as http:
            await _ready(http)
            async with http.stream("GET", "/portal/live", timeout=120) as live:
                assert live.headers["content-type"].startswith("text/event-stream")
                pieces = live.aiter_text()
                assert await anext(pieces) == ": open\n\n"
                assert "event: changed" in await _told(pieces, beside)
                running.send_signal(signal.SIGTERM)
                assert [piece async for piece in pieces if "changed" in piece] == []
        _, said = await asyncio.to_thread(running.communicate, timeout=60)
    assert running.returncode == 0, said
    assert '"level": "error"' not in said


async def _told(pieces: AsyncIterator[str], beside: Beside) -> str:
    """What the page is told after something that this person may see has happened."""
    role = role_of("declaration")
    settings = settings_of(beside.home)
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    heard = asyncio.ensure_future(_changed(pieces))
    try:
        async with asyncio.timeout(120):
            while not heard.done():
                await case_filed(database, new_id("lot"))
                await asyncio.wait([heard], timeout=1)
        return await heard
    finally:
        await database.close()


async def _changed(pieces: AsyncIterator[str]) -> str:
    async for piece in pieces:
        if "changed" in piece:
            return piece
    return "it ended"


@pytest.mark.slow
async def test_without_the_interface_the_process_lives_and_is_not_ready(beside: Beside) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with beside.portal(INTERFACE_URL=nowhere) as (port, running):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert await until_ready(http, "/portal/health/live", running) == 200
            answer = await http.get("/portal/health/ready")
            assert answer.status_code == 503
            assert answer.json() == {"status": "the interface does not answer"}
            assert "tradewindow_" in (await http.get("/metrics/")).text


@pytest.mark.slow
async def test_its_doctor_says_what_is_there_and_what_to_register(
    browser: httpx2.AsyncClient, beside: Beside, doctor: Doctor
) -> None:
    status, said = await doctor(beside)
    assert status == 0, said
    here = beside.told["INTERFACE_URL"]
    assert f"ok       The interface at {here} answers." in said
    assert "ok       The issuer urn:tradewindow:sandbox says in clear how people sign in." in said
    assert f"tradewindow-portal with the redirect address {ORIGIN}/portal/signed-in" in said
    assert "database" not in said


@pytest.mark.slow
async def test_its_doctor_names_each_thing_that_is_not_there(
    beside: Beside, doctor: Doctor, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    status, said = await doctor(
        beside,
        INTERFACE_URL=nowhere,
        OIDC_METADATA=f"{nowhere}/.well-known/openid-configuration",
        SECRETS_FILE=str(shutil.copy(beside.home / "secrets.json", tmp_path)),
    )
    assert status == 1
    assert "holds more than portal needs (database_passwords." in said
    assert f"trouble  The interface at {nowhere} does not answer; INTERFACE_URL names it" in said
    assert "trouble  Nobody can sign in: " in said
    _, said = await doctor(beside, OIDC_ISSUER="https://other.example.org")
    assert "gives metadata of another issuer" in said
    _, said = await doctor(beside, JWKS_FILE="/nowhere/jwks.json")
    assert "trouble  The issuer's keys cannot be read from /nowhere/jwks.json" in said


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("INTERFACE_URL", "Set INTERFACE_URL in the environment."),
        ("OIDC_METADATA", "Set OIDC_METADATA in the environment."),
        ("PUBLIC_ORIGIN", "Set PUBLIC_ORIGIN in the environment."),
    ],
)
def test_what_it_was_not_told_is_said_in_one_sentence(
    left_out: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {
        "INTERFACE_URL": "http://{service}:8080",
        "OIDC_METADATA": "https://login.example.org/.well-known/openid-configuration",
        "PUBLIC_ORIGIN": ORIGIN,
        "SECRETS_FILE": "/run/secrets/secrets.json",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, "" if name == left_out else value)
    assert cli.run_command(["portal"]) == 1
    assert capsys.readouterr().err == f"{said}\n"


def test_each_service_is_asked_at_its_own_address_where_there_is_no_gateway() -> None:
    apart, behind = Interface.at("http://{service}:8080"), Interface.at("http://gateway:8080/")
    assert apart.url("/law/v1/policy") == "http://law:8080/law/v1/policy"
    assert behind.url("/law/v1/policy") == "http://gateway:8080/law/v1/policy"
