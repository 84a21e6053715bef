"""The sandbox's own issuer: OpenID Connect with a page of sample people instead of passwords.

It signs in whoever taps a name, so it exists beside an embedded window only. Codes live in this
process for a minute and are good once.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.token import ISSUER, grant, token
from services.kernel.base64url import base64url
from services.platform.covering import Covering
from services.platform.settings import PORTAL_CLIENT
from services.portal.rendering import render
from services.portal.visit import POLICY, language_of

BASE: Final = "/issuer"
PEOPLE: Final = "sample-people.json"
_BACK: Final = "/portal/signed-in"
_GOOD_FOR_S: Final = 60
_CODES_MAX: Final = 1_000
_HOURS: Final = 8
_PAGES: Final = Path(__file__).parent / "pages"
_ASKED: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True)
class _Granted:
    """What a code stands for."""

    person: dict[str, Any]
    asked: dict[str, str]
    until: float


@dataclass
class Issuer:
    """One data directory's issuer."""

    home: Path
    key: OKPKey
    _codes: dict[str, _Granted] = field(default_factory=dict)

    def people(self) -> list[dict[str, Any]]:
        """The sample people who are there so far, in the order of the file."""
        try:
            found: list[dict[str, Any]] = json.loads((self.home / PEOPLE).read_text("utf-8"))
        except FileNotFoundError:
            return []
        return found

    async def configuration(self, request: Request) -> Response:
        """What a client must know (OpenID Connect Discovery)."""
        origin = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{BASE}/authorize",
                "token_endpoint": f"{origin}{BASE}/token",
                "jwks_uri": f"{origin}{BASE}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["Ed25519"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def jwks(self, _: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """The page of people; tapped, one of them is signed in."""
        form = await request.form(max_files=0) if request.method == "POST" else None
        given = request.query_params if form is None else form
        asked = {name: str(given.get(name, "")) for name in _ASKED}
        if not _is_ours(asked, request):
            return self._page(request, status=400, asked={}, people=[])
        people = self.people()
        subject = None if form is None else form.get("subject")
        person = next((p for p in people if p["subject"] == subject), None)
        if person is None:
            return self._page(request, status=200, asked=asked, people=people)
        code = self._code(_Granted(person, asked, time.time() + _GOOD_FOR_S))
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=303)

    async def token(self, request: Request) -> Response:
        """A code for tokens, once, to whoever can prove to have asked for it (RFC 7636)."""
        form = await request.form(max_files=0)
        granted = self._codes.pop(str(form.get("code", "")), None)
        verifier = str(form.get("code_verifier", ""))
        if (
            granted is None
            or granted.until < time.time()
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != granted.asked["redirect_uri"]
            or _challenge(verifier) != granted.asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        person = granted.person
        access = token(
            self.key,
            role=person["role"],
            party=person["party"],
            subject=person["subject"],
            port=person.get("port"),
            team=person.get("team"),
            hours=_HOURS,
        )
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": _HOURS * 3600,
                "id_token": self._identity(person, granted.asked["nonce"]),
            }
        )

    def _identity(self, person: dict[str, Any], nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": PORTAL_CLIENT,
            "sub": person["subject"],
            "name": person["name"],
            "nonce": nonce,
            "iat": now,
            "exp": now + _GOOD_FOR_S,
        }
        header = {"alg": "Ed25519", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["Ed25519"])

    def _code(self, granted: _Granted) -> str:
        now = time.time()
        for old in [code for code, one in self._codes.items() if one.until < now]:
            del self._codes[old]
        while len(self._codes) >= _CODES_MAX:
            del self._codes[next(iter(self._codes))]
        code = secrets.token_urlsafe(32)
        self._codes[code] = granted
        return code

    def _page(
        self, request: Request, *, status: int, asked: dict[str, str], people: list[dict[str, Any]]
    ) -> Response:
        language = language_of(request)
        by_role: dict[str, list[dict[str, Any]]] = {}
        for person in people:
            by_role.setdefault(person["role"], []).append(person)
        text = render(
            "people.html", language, _PAGES, asked=asked, by_role=by_role, role="", here="/portal/"
        )
        headers = {"Content-Security-Policy": POLICY, "Content-Language": language}
        return HTMLResponse(text, status_code=status, headers=headers)


def create_issuer(home: Path, key: OKPKey) -> Starlette:
    """The issuer's application, for paths under ``/issuer``."""
    grant(home)
    issuer = Issuer(home, key)
    return Starlette(
        routes=[
            Route(f"{BASE}/.well-known/openid-configuration", issuer.configuration),
            Route(f"{BASE}/authorize", issuer.authorize, methods=["GET", "POST"]),
            Route(f"{BASE}/token", issuer.token, methods=["POST"]),
            Route(f"{BASE}/jwks", issuer.jwks),
        ],
        middleware=[Middleware(Covering, encrypted=False)],
    )


def _is_ours(asked: dict[str, str], request: Request) -> bool:
    """Whether the portal of this same window asks, so that a code goes nowhere else."""
    back = urlsplit(asked["redirect_uri"])
    return (
        asked["client_id"] == PORTAL_CLIENT
        and asked["response_type"] == "code"
        and asked["code_challenge_method"] == "S256"
        and back.netloc == request.headers.get("host")
        and back.path == _BACK
    )


def _challenge(verifier: str) -> str:
    return base64url(sha256(verifier.encode()).digest())
