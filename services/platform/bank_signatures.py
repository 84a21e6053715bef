"""Requests of banks are signed (RFC 9421), beside their bearer token: who holds the bank's key?

Every signature of the request is tried that names the bank, with every key of its that is in force:
a gateway on the way may have signed too, and a bank that changes keys has two for a while.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from http_message_signatures import (
    ContentDigest,
    HTTPMessageVerifier,
    HTTPSignatureComponentResolver,
    HTTPSignatureKeyResolver,
    VerifyResult,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature
from http_message_signatures.signatures import SignatureVerifyWarning
from sqlalchemy import text
from starlette.datastructures import Headers
from starlette.requests import Request

from services.kernel import canonical, signature_refusals
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import BANKS_ONLY
from services.kernel.signature_refusals import SIGNATURE_INVALID
from services.platform.front import Front
from services.platform.http import Call
from services.platform.secret_file import SettingsError
from services.platform.services import Services
from services.platform.settings import Settings
from services.platform.signing_keys import Verification, verification

S = TypeVar("S", bound=Services)
_KEYS = text(
    "SELECT public_key FROM v_bank_keys WHERE bic = :bic AND valid_from <= CAST(:at AS timestamptz)"
    " AND (valid_until IS NULL OR valid_until > CAST(:at AS timestamptz)) ORDER BY valid_from DESC"
)
MAX_AGE: Final = timedelta(minutes=5)
TOLERANCE: Final = timedelta(minutes=1)
"""So far two clocks may differ, whichever is ahead: banks' machines are not all kept by NTP."""
SIGNATURES_MAX: Final = 4
"""Signatures that are tried: the bank's own, and those of gateways on the way."""
_READING: Final = ("@method",)
#: A request that changes something also signs its key, so that it cannot be sent as another one.
_WRITING: Final = ("@method", "content-digest", "idempotency-key")
#: Either names the target whole. Where TLS ends in front of here, the scheme that a bank signed
#: with the target URI is not the one that arrives; then it signs the three parts.
_TARGETS: Final = (("@target-uri",), ("@authority", "@path", "@query"))
_HASHES: Final = ("sha-256", "sha-512")
_RESOLVER: Final[Any] = HTTPSignatureComponentResolver
"""The library's own reading of a request's fields, which it leaves untyped."""
_LABEL: Final = re.compile(r"(?:^|,)\s*([a-z*][a-z0-9_.*-]*)\s*=\s*\(")


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as the verifier reads it."""

    method: str
    url: str
    headers: Headers


class _Unfit(InvalidSignature):
    """A signature that cannot count, and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class _Verifier(HTTPMessageVerifier):
    """Holds a signature's times to the clock of here, and says which of them does not fit."""

    allow_label_only_selection = True

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Called by the library. Raises _Unfit."""
        now = datetime.now(UTC)
        created = _instant(sig_input.params.get("created"))
        if created is None:
            raise _Unfit(signature_refusals.SIGNATURE_UNDATED.at())
        if not now - MAX_AGE - TOLERANCE <= created <= now + TOLERANCE:
            raise _Unfit(signature_refusals.SIGNATURE_NOT_NOW.at(created=created, now=now))
        expires = sig_input.params.get("expires")
        if expires is not None:
            at = _instant(expires)
            if at is None or at < now - TOLERANCE:
                raise _Unfit(signature_refusals.SIGNATURE_EXPIRED.at())


def _instant(stamp: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(stamp, UTC) if type(stamp) is int else None
    except (OverflowError, OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _KeyOf(HTTPSignatureKeyResolver):
    """Hands out one key, to signatures that name its bank."""

    bic: str
    key: Any

    def resolve_public_key(self, key_id: str) -> Any:
        """Called by the library. Raises _Unfit for the name of somebody else."""
        if canonical.bic(key_id) != self.bic:
            raise _Unfit(signature_refusals.SIGNATURE_OF_ANOTHER.at(keyid=self.bic))
        return self.key

    def resolve_private_key(self, key_id: str) -> Any:
        """Called by the library when it signs, which is never here."""
        raise NotImplementedError


def require_origin(settings: Settings) -> None:
    """Raises SettingsError while nobody has said for which address banks sign."""
    if settings.public_origin is None:
        raise SettingsError(
            "Set PUBLIC_ORIGIN, the address under which callers know the window; banks sign for it."
        )


async def verified(call: Call[S]) -> str:
    """The BIC of the bank that signed this request.

    Raises Refused FORBIDDEN when the token is not a bank's, SIGNATURE_INVALID when no signature is
    by a key of the bank's that is in force, over this request, made within five minutes (and a
    minute for clocks that differ); it says which check failed.
    """
    if call.actor.party_kind != "bank":
        raise Refused(BANKS_ONLY.at())
    bic = call.actor.party_code
    async with call.services.database.reading() as tx:
        rows = (await tx.execute(_KEYS, {"bic": bic, "at": call.now})).scalars()
    keys = list(_usable(rows))
    if not keys:
        raise Refused(signature_refusals.SIGNATURE_WITHOUT_KEY.at())
    request = call.request
    message = _Message(request.method, _address(request), request.headers)
    failed: list[Refusal] = []
    for label in _labels(request.headers):
        for algorithm, key in keys:
            verifier = _Verifier(
                signature_algorithm=algorithm, key_resolver=_KeyOf(canonical.bic(bic), key)
            )
            try:
                result = _verified(verifier, message, label)
                await _require_covered(request, message, result)
            except _Unfit as unfit:
                failed.append(unfit.refusal)
            except (HTTPMessageSignaturesException, ValueError):
                origin = request.app.state.front.origin or ""
                failed.append(SIGNATURE_INVALID.at(origin=origin))
            else:
                return bic
    raise Refused(_most_telling(failed))


def _verified(verifier: _Verifier, message: _Message, label: str) -> VerifyResult:
    """What the signature of this label covers, if it verifies.

    The library warns that labels are not signed: every one of them is tried, so nothing hangs on
    which. Raises HTTPMessageSignaturesException, ValueError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SignatureVerifyWarning)
        (result,) = verifier.verify(message, max_age=None, expect_label=label)
    return result


def _usable(rows: Sequence[Mapping[str, Any]]) -> Iterator[Verification]:
    for jwk in rows:
        try:
            yield verification(jwk)
        except ValueError:
            continue


def _labels(headers: Headers) -> list[str]:
    """The labels of the signatures, as many as are tried. Raises Refused SIGNATURE_INVALID."""
    inputs = ", ".join(headers.getlist("signature-input"))
    if not inputs or "signature" not in headers:
        raise Refused(signature_refusals.SIGNATURE_MISSING.at())
    found = list(dict.fromkeys(_LABEL.findall(inputs)))
    if not found or len(found) > SIGNATURES_MAX:
        raise Refused(signature_refusals.SIGNATURE_UNREADABLE.at(most=SIGNATURES_MAX))
    return found


async def _require_covered(request: Request, message: _Message, result: VerifyResult) -> None:
    """Raises _Unfit while the signature leaves out what must not be changed on the way."""
    writing = request.method not in ("GET", "HEAD")
    covered = {name.partition(";")[0].strip('"'): name for name in result.covered_components}
    plain = {name for name, written in covered.items() if ";" not in written}
    needed = set(_WRITING if writing else _READING) - {"content-digest"}
    missing = sorted(needed - plain)
    if not any(plain.issuperset(target) for target in _TARGETS):
        missing.append("@target-uri")
    if writing and "content-digest" not in covered:
        missing.append("content-digest")
    if missing:
        raise _Unfit(signature_refusals.SIGNATURE_UNCOVERED.at(missing=", ".join(missing)))
    if "content-digest" in covered:
        member = re.search(r';key="([^"]*)"', covered["content-digest"])
        _require_digest(message, await request.body(), member and member[1])


def _require_digest(message: _Message, body: bytes, member: str | None) -> None:
    """Raises _Unfit unless every digest that is known here fits the body; unknown ones say nothing
    (RFC 9530). Where one of them alone is signed, that one must be known.
    """
    known = dict(_digests(message))
    if not known or (member is not None and member not in known):
        raise _Unfit(signature_refusals.DIGEST_UNKNOWN.at(known=", ".join(_HASHES)))
    for name, digest in known.items():
        try:
            ContentDigest.verify(digest, body, key=name)
        except InvalidSignature as differs:
            raise _Unfit(signature_refusals.DIGEST_DIFFERS.at()) from differs


def _digests(message: _Message) -> Iterator[tuple[str, str]]:
    """The digests that are known here, each read as the library reads it for the signature: what
    is signed and what is compared with the body are one.
    """
    resolver = _RESOLVER(message)
    field = resolver.headers["content-digest"]
    for name in _HASHES:
        try:
            yield name, resolver.get_dictionary_member("content-digest", field, {"key": name})
        except HTTPMessageSignaturesException:
            continue


def _most_telling(failed: Sequence[Refusal]) -> Refusal:
    """What is said of several failures: of the bank's own signature before those of others."""
    own = [r for r in failed if r.reason is not signature_refusals.SIGNATURE_OF_ANOTHER]
    told = [r for r in own if r.reason is not SIGNATURE_INVALID]
    return (told or own or list(failed))[0]


def _address(request: Request) -> str:
    """The target as the bank knows it: under our own origin, whatever Host it was sent with.

    Else a request signed for another window, or for whoever stands between, were good here too.
    """
    front: Front = request.app.state.front
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    target = path + (b"?" + query if query else b"")
    return (front.origin or "") + target.decode("latin-1")
