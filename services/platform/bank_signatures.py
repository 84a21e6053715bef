"""Requests of banks are signed (RFC 9421), beside their bearer token: who holds the bank's key?"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from sqlalchemy import text
from starlette.datastructures import Headers
from starlette.requests import Request

from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import BANKS_ONLY, SIGNATURE_INVALID
from services.platform.front import Front
from services.platform.http import Call
from services.platform.secret_file import SettingsError
from services.platform.services import Services
from services.platform.settings import Settings

S = TypeVar("S", bound=Services)
_KEY = text("SELECT public_key FROM v_banks WHERE bic = :bic")
MAX_AGE: Final = timedelta(minutes=5)
_READING: Final = ("@method",)
#: A request that changes something also signs its key, so that it cannot be sent as another one.
_WRITING: Final = ("@method", "content-digest", "idempotency-key")
#: Either names the target whole. Where TLS ends in front of here, the scheme that a bank signed
#: with the target URI is not the one that arrives; then it signs the three parts.
_TARGETS: Final = (frozenset({"@target-uri"}), frozenset({"@authority", "@path", "@query"}))


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as the verifier reads it."""

    method: str
    url: str
    headers: Headers


def require_origin(settings: Settings) -> None:
    """Raises SettingsError while nobody has said for which address banks sign."""
    if settings.public_origin is None:
        raise SettingsError(
            "Set PUBLIC_ORIGIN, the address under which callers know the window; banks sign for it."
        )


async def verified(call: Call[S]) -> str:
    """The BIC of the bank that signed this request.

    Raises Refused FORBIDDEN when the token is not a bank's, SIGNATURE_INVALID when the signature
    is missing, older than five minutes, of another key or over another request than this one.
    """
    if call.actor.party_kind != "bank":
        raise Refused(BANKS_ONLY.at())
    bic = call.actor.party_code
    async with call.services.database.reading() as tx:
        jwk = (await tx.execute(_KEY, {"bic": bic})).scalar_one_or_none()
    request = call.request
    if jwk is None:
        raise Refused(_invalid(request))
    body = await request.body()
    writing = request.method not in ("GET", "HEAD")
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519,
        key_resolver=MappingKeyResolver(public_keys={bic: _key(jwk, request)}, private_keys={}),
    )
    message = _Message(request.method, _address(request), request.headers)
    try:
        results = verifier.verify(
            message,
            max_age=MAX_AGE,
            require_components=_WRITING if writing else _READING,
            body=body,
        )
    except (HTTPMessageSignaturesException, ValueError):
        raise Refused(_invalid(request)) from None
    covered = {name.strip('"') for name in results[0].covered_components}
    if not any(target <= covered for target in _TARGETS):
        raise Refused(_invalid(request))
    return bic


def _invalid(request: Request) -> Refusal:
    """The refusal, with the origin that is to be signed for."""
    return SIGNATURE_INVALID.at(origin=request.app.state.front.origin or "")


def _address(request: Request) -> str:
    """The target as the bank knows it: under our own origin, whatever Host it was sent with.

    Else a request signed for another window, or for whoever stands between, were good here too.
    """
    front: Front = request.app.state.front
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    target = path + (b"?" + query if query else b"")
    return (front.origin or "") + target.decode("latin-1")


def _key(jwk: dict[str, Any], request: Request) -> Ed25519PublicKey:
    """The Ed25519 key of a JWK (RFC 8037). Raises Refused SIGNATURE_INVALID on anything else."""
    try:
        if jwk["kty"] != "OKP" or jwk["crv"] != "Ed25519":
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "=="))
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise Refused(_invalid(request)) from None
