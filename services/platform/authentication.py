"""Bearer tokens (JWT, EdDSA, by JWKS): who calls, for which party, with which scopes."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused

_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the actor and what the token lets it do."""

    actor: Actor
    scopes: frozenset[str]
    expires_at: int


class Authenticator:
    """Verifies tokens against the issuer's keys; a verified token is remembered until it ends."""

    def __init__(self, keys: KeySet, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._verified: OrderedDict[str, Caller] = OrderedDict()

    @classmethod
    def from_file(cls, path: Path, *, issuer: str, audience: str) -> Authenticator:
        """With the public keys of a JWK or JWK set file."""
        document = json.loads(path.read_text())
        keys = document if "keys" in document else {"keys": [document]}
        public = [{k: v for k, v in key.items() if k != "d"} for key in keys["keys"]]
        return cls(KeySet.import_key_set({"keys": public}), issuer=issuer, audience=audience)

    def caller(self, authorization: str | None) -> Caller:
        """The caller of a request. Raises Refused UNAUTHENTICATED with what to do about it."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(
                Refusal("UNAUTHENTICATED", "Send 'Authorization: Bearer <token>' with the request.")
            )
        known = self._verified.get(token)
        if known is not None and known.expires_at > time.time():
            return known
        caller = self._verify(token)
        self._verified[token] = caller
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return caller

    def _verify(self, token: str) -> Caller:
        try:
            claims = jwt.decode(token, self._keys, algorithms=["Ed25519", "EdDSA"]).claims
            self._claims.validate(claims)
            return _caller(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Refused(
                Refusal(
                    "UNAUTHENTICATED",
                    "The token is not valid here or has expired; get a new one from the issuer.",
                )
            ) from error


def _caller(claims: dict[str, Any]) -> Caller:
    actor = Actor(
        subject=claims["sub"],
        party=claims["party"],
        role=claims["role"],
        port=claims.get("port"),
        team=claims.get("team"),
    )
    return Caller(actor, frozenset(str(claims.get("scope", "")).split()), int(claims["exp"]))
