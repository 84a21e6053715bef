"""The engine's own screen for the person at this machine, and for nobody's web page.

The screen itself answers every caller by any name. What stands before it answers on the loopback
address only, to a Host that means this machine, and never a request that another site's page makes:
neither by a form, nor by a script, nor by a name that was made to mean this machine afterwards.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from deploy.local.temporal import Hidden

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
_PATIENCE_S: Final = 70.0
_SAFE: Final = frozenset({"GET", "HEAD"})
_OF_ONE_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization", "host", "content-length", "date", "server"),
    }
)
_FROM_HERE: Final = frozenset({"same-origin", "none"})
_GUARD: Final = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def refusal(method: str, headers: Mapping[str, str], *, port: int) -> str | None:
    """Why a request is not let through to the screen, or None when it is."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    host = headers.get("Host", "").lower()
    if host not in hosts:
        return "This screen answers to 127.0.0.1 and localhost only."
    origin = headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{host}":
        return "This screen answers no other site's page."
    if headers.get("Sec-Fetch-Site", "none") not in _FROM_HERE:
        return "This screen answers no other site's page; type its address."
    if method not in _SAFE and origin is None:
        return "This screen takes a change only from its own page."
    return None


@contextmanager
def shown(screen: Hidden, *, port: int) -> Iterator[str]:
    """The screen can be looked at meanwhile; the address to type."""
    handler = type("_Door", (_Door,), {"screen": screen, "port": port})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, name="engine-ui", daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown()
            serving.join()


class _Door(BaseHTTPRequestHandler):
    """Lets a request through to the screen, or refuses it."""

    screen: Hidden
    port: int
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def _answer(self) -> None:
        headers = dict(self.headers.items())
        why = refusal(self.command, _by_title(headers), port=self.port)
        if why is not None:
            self._refuse(HTTPStatus.FORBIDDEN, why)
            return
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "Say how long the body is.")
        elif int(length) > BODY_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long.")
        else:
            self._pass_on(headers, self.rfile.read(int(length)))

    def _pass_on(self, headers: Mapping[str, str], body: bytes) -> None:
        inner = http.client.HTTPConnection(self.screen.host, self.screen.port, timeout=_PATIENCE_S)
        kept = {n: v for n, v in headers.items() if n.lower() not in _OF_ONE_HOP}
        # The screen compares the page's origin with the name it was called by.
        kept["Host"] = self.headers["Host"]
        try:
            inner.request(self.command, self.path, body=body or None, headers=kept)
            answer = inner.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._refuse(HTTPStatus.BAD_GATEWAY, "The engine's screen does not answer.")
            return
        finally:
            inner.close()
        said = [(n, v) for n, v in answer.getheaders() if n.lower() not in _OF_ONE_HOP]
        self._say(answer.status, [(n, v) for n, v in said if n.title() not in _GUARD], content)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self._say(status, [("Content-Type", "text/plain; charset=utf-8")], f"{why}\n".encode())

    def _say(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in (*headers, *_GUARD.items(), ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: whoever looks at the screen is no event."""


def _by_title(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}
