"""Sessions of the screens: what a browser keeps for us, sealed so that only we can read it.

The session holds the person's access token, which ends by itself. It has two ends of its own: an
idle one, and the token's. Nothing is kept on our side, so a restart signs nobody out.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response

from services.kernel.base64url import base64url, from_base64url

IDLE_S: Final = 30 * 60
"""A session that nobody used for so long has ended: a phone or a desk that was left."""
_SEEN_AGAIN_S: Final = 60
_NONCE_BYTES: Final = 12
_PARTS: Final = 3
_NAME_MAX: Final = 60
_WHOSE: Final = "portal form of"
_COOKIE_MAX: Final = 4000
"""Browsers keep 4,096 bytes of a cookie, its name and attributes included."""


class SessionTooLarge(Exception):
    """A token that no browser would keep for us."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in at this browser. Times are seconds since 1970."""

    token: str
    ends_at: float
    seen_at: float
    mark: str
    """Random; what forms carry is derived from it."""
    name: str = ""
    """What the issuer calls the person, to greet and nothing else."""

    @classmethod
    def begun(cls, token: str, name: str) -> Session:
        """A new one for a token that has just been issued; it ends when the token does.

        Raises ValueError for a token that does not say until when it is good.
        """
        ends_at = float(claims_of(token).get("exp", "never"))
        return cls(token, ends_at, time.time(), os.urandom(16).hex(), name[:_NAME_MAX])

    @property
    def is_over(self) -> bool:
        """Whether either of its ends has come."""
        now = time.time()
        return now >= self.ends_at or now - self.seen_at > IDLE_S

    @property
    def claims(self) -> dict[str, Any]:
        """What the token says of its holder. The interface checks it; here it only greets."""
        return claims_of(self.token)

    @property
    def whose(self) -> str:
        """Who is signed in, for whom: the same person for another party is somebody else."""
        claims = self.claims
        return f"{claims.get('sub')} {claims.get('party')}"


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked. Raises ValueError for what is none."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise ValueError("not a signed token")
    found = json.loads(from_base64url(parts[1]))
    if not isinstance(found, dict):
        raise ValueError("no claims")
    return found


class Keeper:
    """Seals what browsers keep, and knows it again.

    The first of the keys seals, and each opens, so that a key is changed and nobody signed out. All
    that a process knows of a session is in it: any process with these keys answers the next page.
    """

    def __init__(self, keys: Sequence[bytes], *, encrypted: bool) -> None:
        self._aeads = [AESGCM(hmac.digest(key, b"portal cookies", "sha256")) for key in keys]
        self._forms = [hmac.digest(key, b"portal forms", "sha256") for key in keys]
        self._encrypted = encrypted
        # A browser takes a name with this prefix from the host itself by TLS only.
        self.name = "__Host-tw" if encrypted else "tw"
        self.signing_in = f"{self.name}-signing-in"

    def session(self, request: Request) -> Session | None:
        """The session of a request; None when there is none, or when it is over."""
        kept = self.read(request, self.name)
        if kept is None:
            return None
        try:
            session = Session(**kept)
        except TypeError:
            return None
        return None if session.is_over else session

    def keep(self, response: Response, session: Session) -> None:
        """Have the browser keep a session. Raises SessionTooLarge."""
        self.write(response, self.name, asdict(session), max_age=int(session.ends_at - time.time()))

    def touch(self, response: Response, session: Session) -> None:
        """Put the idle end off; once a minute is enough."""
        if time.time() - session.seen_at > _SEEN_AGAIN_S:
            self.keep(response, replace(session, seen_at=time.time()))

    def forget(self, response: Response, name: str | None = None) -> None:
        """Have the browser forget a session, or another thing that it kept for us."""
        response.delete_cookie(
            name or self.name, path="/", secure=self._encrypted, httponly=True, samesite="lax"
        )

    def write(self, response: Response, name: str, value: dict[str, Any], *, max_age: int) -> None:
        """Have the browser keep something under a name that it cannot read or change."""
        text = self.seal(name, value)
        if len(text) > _COOKIE_MAX:
            raise SessionTooLarge(len(text))
        response.set_cookie(
            name,
            text,
            max_age=max_age,
            path="/",
            secure=self._encrypted,
            httponly=True,
            samesite="lax",
        )

    def read(self, request: Request, name: str) -> dict[str, Any] | None:
        """What the browser kept under a name; None when it is not ours or not there."""
        text = request.cookies.get(name)
        return None if text is None else self.opened(name, text)

    def seal(self, name: str, value: dict[str, Any]) -> str:
        """Something in a form that nobody but us can read or change; it opens under its name."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = zlib.compress(_unfolded(value), 9)
        sealed = self._aeads[0].encrypt(nonce, plain, name.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def opened(self, name: str, text: str) -> dict[str, Any] | None:
        """What was sealed under a name; None when it is not ours."""
        try:
            sealed = base64.urlsafe_b64decode(text)
        except ValueError:
            return None
        for aead in self._aeads:
            try:
                plain = aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
                return _folded(zlib.decompress(plain))
            except (ValueError, InvalidTag, zlib.error):
                continue
        return None

    def form_token(self, session: Session) -> str:
        """What every form of a session carries, so that no other site can fill one in; and sealed
        whose it is, for when the session has ended."""
        whose = self.seal(_WHOSE, {"whose": session.whose})
        return f"{_form_token(self._forms[0], session)}.{whose}"

    def whose_form(self, token: str) -> str | None:
        """Whose form it was, whether that session has ended or not; None of what is not ours."""
        kept = self.opened(_WHOSE, token.partition(".")[2])
        return None if kept is None else str(kept["whose"])

    def is_form_token(self, session: Session, token: str) -> bool:
        """Whether a form was ours and this session's."""
        given = token.partition(".")[0].encode()
        return any(
            hmac.compare_digest(_form_token(key, session).encode(), given) for key in self._forms
        )


def _form_token(key: bytes, session: Session) -> str:
    return hmac.new(key, session.mark.encode(), sha256).hexdigest()


def _unfolded(value: dict[str, Any]) -> bytes:
    """As JSON, a token's parts decoded: its text of scopes then packs to a third."""
    token = value.get("token")
    if isinstance(token, str):
        try:
            parts = [from_base64url(part).decode("latin-1") for part in token.split(".")]
        except ValueError:
            parts = []
        if parts and _joined(parts) == token:
            value = {**value, "token": parts}
    return json.dumps(value).encode()


def _folded(plain: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(plain)
    if isinstance(value.get("token"), list):
        value["token"] = _joined(value["token"])
    return value


def _joined(parts: list[str]) -> str:
    return ".".join(base64url(part.encode("latin-1")) for part in parts)
