"""The embedded engine answers no browser; its screen, asked for, answers this machine's only."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from deploy.local.engine_ui import BODY_BYTES_MAX, refusal, shown
from deploy.local.stack import LocalStack
from deploy.local.temporal import Hidden
from tests.support.ports import free_port

PORT = 18777
HERE = {"Host": f"127.0.0.1:{PORT}"}
NAMESPACE = "/api/v1/namespaces/default"


def why(method: str = "GET", **headers: str) -> str | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(method, HERE | named, port=PORT)


def test_an_address_that_was_typed_is_let_through() -> None:
    assert why() is None
    assert why(Host=f"localhost:{PORT}") is None
    assert why(Sec_Fetch_Site="none") is None


def test_the_screens_own_page_reads_and_changes() -> None:
    own = {"Origin": f"http://127.0.0.1:{PORT}", "Sec_Fetch_Site": "same-origin"}
    assert why(**own) is None
    assert why("POST", **own) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.x:{PORT}", ""],
)
def test_a_name_that_was_made_to_mean_this_machine_is_refused(host: str) -> None:
    assert why(Host=host)
    assert refusal("GET", {}, port=PORT)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", f"http://localhost:{PORT}"],
)
def test_another_sites_page_is_refused(origin: str) -> None:
    assert why(Origin=origin)
    assert why("POST", Origin=origin)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_a_browser_says_comes_from_elsewhere_is_refused(site: str) -> None:
    assert why(Sec_Fetch_Site=site)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_change_without_an_origin_is_refused(method: str) -> None:
    assert why(method)


class Echo(BaseHTTPRequestHandler):
    """A screen that says what it was asked."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        said = json.dumps({"path": self.path, "body": body.decode(), "host": self.headers["Host"]})
        self.send_response(200)
        self.send_header("X-Frame-Options", "ALLOWALL")
        self.send_header("Set-Cookie", "one=1")
        self.send_header("Set-Cookie", "two=2")
        self.end_headers()
        self.wfile.write(said.encode())

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def door() -> Iterator[int]:
    """The port of the door before an echoing screen."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as inner:
        inner.daemon_threads = True
        Thread(target=inner.serve_forever, daemon=True).start()
        port = free_port()
        with shown(Hidden("127.0.0.1", inner.server_port), port=port):
            yield port
        inner.shutdown()


def ask(
    port: int, method: str = "GET", path: str = "/", *, body: str = "", **headers: str
) -> tuple[int, http.client.HTTPMessage, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body=body or None, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_the_door_carries_what_it_lets_through_and_forbids_to_be_framed(door: int) -> None:
    origin = f"http://127.0.0.1:{door}"
    status, headers, said = ask(door, "POST", "/api?a=%20", body="x=1", Origin=origin)
    assert status == 200
    assert json.loads(said) == {"path": "/api?a=%20", "body": "x=1", "host": f"127.0.0.1:{door}"}
    assert headers.get_all("X-Frame-Options") == ["DENY"]
    assert headers.get_all("Set-Cookie") == ["one=1", "two=2"]


def test_the_door_refuses_in_a_sentence(door: int) -> None:
    status, _, said = ask(door, Host="evil.example")
    assert status == 403
    assert said == "This screen answers to 127.0.0.1 and localhost only.\n"


def test_the_door_takes_no_body_without_end(door: int) -> None:
    origin = f"http://127.0.0.1:{door}"
    assert ask(door, "POST", Origin=origin, Content_Length=str(BODY_BYTES_MAX + 1))[0] == 413
    assert ask(door, "POST", Origin=origin, Content_Length="-1")[0] == 411
    assert ask(door, "POST", Origin=origin, Transfer_Encoding="chunked")[0] == 411


def test_a_screen_that_has_gone_is_said() -> None:
    port = free_port()
    with shown(Hidden("127.0.0.1", free_port()), port=port):
        assert ask(port)[0] == 502


@pytest.fixture(params=[False, True], ids=["closed", "asked-for"], scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[LocalStack]:
    top = Path(tempfile.mkdtemp(prefix="tradewindow-engine-"))
    with LocalStack(top / "home", durable=False, keep_ports=False, screen=request.param) as stack:
        yield stack
    shutil.rmtree(top, ignore_errors=True)


def heard(stack: LocalStack) -> list[tuple[str, int]]:
    """Where the engine listens."""
    pid = int((stack.directory.run / "temporal.pid").read_text().split()[0])
    found = psutil.Process(pid).net_connections(kind="tcp")
    return [(c.laddr.ip, c.laddr.port) for c in found if c.status == psutil.CONN_LISTEN]


def post_across(host: str, port: int, path: str) -> tuple[int, str]:
    """What another site's page can send to any port of a machine, and what is answered."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    body = json.dumps({"workflowType": {"name": "X"}, "taskQueue": {"name": "q"}})
    headers = {"Content-Type": "text/plain", "Origin": "http://evil.example"}
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, type(error).__name__
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.xdist_group("local-stack")
def test_no_port_of_the_engine_takes_a_post_of_another_sites_page(engine: LocalStack) -> None:
    places = heard(engine)
    assert len(places) >= 3
    answers = [
        post_across(host, port, f"{NAMESPACE}/workflows/forged-{port}") for host, port in places
    ]
    assert [said for status, said in answers if status == 200] == []
    assert [said for _, said in answers if "runId" in said] == []
    assert any("Host not allowed" in said for _, said in answers)


@pytest.mark.slow
@pytest.mark.xdist_group("local-stack")
def test_the_screen_is_off_unless_asked_for_and_then_listens_where_nobody_looks(
    engine: LocalStack,
) -> None:
    if engine.screen is None:
        assert shows(engine) == []
        return
    # The engine answers before its screen does.
    for _ in range(100):
        if shows(engine):
            break
        time.sleep(0.1)
    assert shows(engine) == [engine.screen.host]
    port = engine.directory.require_port("engine_ui")
    with shown(engine.screen, port=port):
        assert ask(port, path=NAMESPACE)[0] == 200
        assert ask(port, path=NAMESPACE, Host="evil.example")[0] == 403


def shows(stack: LocalStack) -> list[str]:
    """The addresses at which the engine shows what it keeps to any caller by any name."""
    places = heard(stack)
    return [host for host, port in places if "namespaceInfo" in ask_at(host, port, NAMESPACE)]


def ask_at(host: str, port: int, path: str) -> str:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()
