"""Bearer tokens (JWT, by JWKS): who calls, for which party, with which scopes, since when.

What a token must say stands in one table (``_caller`` and the registry of claims); a claim that is
absent opens nothing. Why a token was refused is logged, the token and its claims are not.
"""

from __future__ import annotations

import json
import math
import re
import time
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import AUTHENTICATION_TOO_OLD, TOKEN_INVALID, UNAUTHENTICATED
from services.platform.revocation import Revocations
from services.platform.roles import DUTIES

ALGORITHMS: Final = ("Ed25519", "EdDSA", "ES256", "RS256")
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""A token for another purpose (an identity token, a logout) says so in its header, and is none."""
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS_MIN: Final = 2048
_REMEMBERED: Final = 4096
_PARTY: Final = re.compile(r"[a-z_]{1,20}:[!-~]{1,80}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TokenRules:
    """For how long a token is good, beyond what it says itself."""

    max_age_s: int = 24 * 3600
    """From ``iat`` to ``exp`` at most: who lost a token has lost it for no longer."""
    leeway_s: int = 5
    """So far ahead may the issuer's clock be."""
    signing_max_age_s: int = 8 * 3600
    """Who signs has shown who he is within this time (``auth_time``, else ``iat``): a shift."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the actor and what the token lets it do."""

    actor: Actor
    scopes: frozenset[str]
    issued_at: float
    expires_at: float
    authenticated_at: float
    """When whoever holds the token last showed the issuer who they are."""
    token_id: str | None = None


class Unfit(Exception):
    """Why a token is refused, as a word for the log."""


class Authenticator:
    """Verifies tokens against the issuer's keys; a verified token is remembered until it ends."""

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        rules: TokenRules | None = None,
        revocations: Revocations | None = None,
    ) -> None:
        for key in keys.keys:
            _require_fit(key)
        self._keys = keys
        self._rules = rules or TokenRules()
        self._revocations = revocations
        self._claims = jwt.JWTClaimsRegistry(
            leeway=self._rules.leeway_s,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )
        self._verified: OrderedDict[str, Caller] = OrderedDict()

    @classmethod
    def from_file(
        cls,
        path: Path,
        *,
        issuer: str,
        audience: str,
        rules: TokenRules | None = None,
        revocations: Revocations | None = None,
    ) -> Authenticator:
        """With the public keys of a JWK or JWK set file."""
        document = json.loads(path.read_text())
        keys = document if "keys" in document else {"keys": [document]}
        public = [{k: v for k, v in key.items() if k not in _PRIVATE} for key in keys["keys"]]
        return cls(
            KeySet.import_key_set({"keys": public}),
            issuer=issuer,
            audience=audience,
            rules=rules,
            revocations=revocations,
        )

    def caller(self, authorization: str | None) -> Caller:
        """The caller of a request. Raises Refused UNAUTHENTICATED with what to do about it."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(UNAUTHENTICATED.at())
        try:
            caller = self._verified.get(token)
            if caller is None or caller.expires_at <= time.time():
                caller = self._verify(token)
                self._remember(token, caller)
            if self._revocations is not None and self._revocations.name(caller):
                raise Unfit("revoked")
        except Unfit as unfit:
            log.info("token_refused", reason=str(unfit))
            raise Refused(TOKEN_INVALID.at()) from None
        return caller

    def require_fresh(self, caller: Caller) -> None:
        """Raises Refused AUTHENTICATION_TOO_OLD unless the caller signed in lately enough to sign.

        A token that was left lying about reads for as long as it lives, but decides nothing.
        """
        if time.time() - caller.authenticated_at > self._rules.signing_max_age_s:
            hours = self._rules.signing_max_age_s / 3600
            raise Refused(AUTHENTICATION_TOO_OLD.at(hours=f"{hours:g}"))

    def _remember(self, token: str, caller: Caller) -> None:
        self._verified[token] = caller
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)

    def _verify(self, token: str) -> Caller:
        try:
            with warnings.catch_warnings():
                # Issuers still write EdDSA for Ed25519; under these keys it can mean nothing else.
                warnings.simplefilter("ignore", SecurityWarning)
                decoded = jwt.decode(token, self._keys, algorithms=list(ALGORITHMS))
            if str(decoded.header.get("typ", "")).lower() not in _TYPES:
                raise Unfit("typ")
            self._claims.validate(decoded.claims)
            caller = _caller(decoded.claims)
        except JoseError as error:
            raise Unfit(f"{error.error} {getattr(error, 'claim', '')}".strip()) from None
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
            raise Unfit(f"unreadable {type(error).__name__}") from None
        self._require_lifetime(caller)
        return caller

    def _require_lifetime(self, caller: Caller) -> None:
        now = time.time()
        if caller.expires_at <= now:
            raise Unfit("expired")
        if caller.expires_at - caller.issued_at > self._rules.max_age_s:
            raise Unfit("lives_too_long")
        if max(caller.issued_at, caller.authenticated_at) > now + self._rules.leeway_s:
            raise Unfit("from_the_future")


def _require_fit(key: Key) -> None:
    """Raises ValueError for a key under which we take no token."""
    if isinstance(key, RSAKey):
        fit = key.public_key.key_size >= _RSA_BITS_MIN
    elif isinstance(key, ECKey):
        fit = key.curve_name == "P-256"
    else:
        fit = isinstance(key, OKPKey) and key.as_dict()["crv"] == "Ed25519"
    if not fit:
        raise ValueError(
            f"The issuer's key {key.kid} is none that tokens are taken under: Ed25519, EC P-256, or"
            f" RSA of at least {_RSA_BITS_MIN} bits."
        )


def _caller(claims: dict[str, Any]) -> Caller:
    """The caller of whom the claims speak. Raises Unfit, KeyError."""
    actor = Actor(
        subject=_text(claims, "sub", 200),
        party=_text(claims, "party", 101),
        role=_text(claims, "role", 40),
        port=_text(claims, "port", 40) if claims.get("port") is not None else None,
        team=_text(claims, "team", 40) if claims.get("team") is not None else None,
    )
    duty = DUTIES.get(actor.role)
    if duty is None:
        raise Unfit("role")
    if _PARTY.fullmatch(actor.party) is None or actor.party_kind != duty.party_kind:
        raise Unfit("party_of_another_kind")
    if duty.at_a_port and actor.port is None:
        raise Unfit("port_missing")
    issued = _instant(claims, "iat")
    scopes = _text(claims, "scope", 8000) if "scope" in claims else ""
    return Caller(
        actor=actor,
        scopes=frozenset(scopes.split()),
        issued_at=issued,
        expires_at=_instant(claims, "exp"),
        authenticated_at=_instant(claims, "auth_time") if "auth_time" in claims else issued,
        token_id=_text(claims, "jti", 200) if "jti" in claims else None,
    )


def _text(claims: dict[str, Any], name: str, most: int) -> str:
    """A claim that is text: something, not too much, without control characters or halves."""
    text = claims[name]
    if not isinstance(text, str) or not text.isprintable() or len(text) > most:
        raise Unfit(f"claim {name}")
    if not text and name != "scope":
        raise Unfit(f"claim {name}")
    return text


def _instant(claims: dict[str, Any], name: str) -> float:
    seconds = claims[name]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unfit(f"claim {name}")
    if not math.isfinite(seconds) or not 0 <= seconds < 2**40:
        raise Unfit(f"claim {name}")
    return float(seconds)
