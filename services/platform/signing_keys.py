"""Public keys of banks as they are filed (JWK), and the signature algorithm that each is for.

Ed25519 (RFC 8037), ECDSA on P-256 and RSA-PSS (RFC 7518): what banks' hardware signs with. A key is
for one algorithm (RFC 9421, 3.3), whatever a signature says of itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from http_message_signatures import algorithms
from http_message_signatures.algorithms import HTTPSignatureAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from services.kernel.base64url import from_base64url

Verification = tuple[type[HTTPSignatureAlgorithm], Any]
"""The algorithm that a key is for, and the key as the algorithm takes it."""
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
_KINDS: Final[Mapping[str, type]] = {
    "OKP": Ed25519PublicKey,
    "EC": EllipticCurvePublicKey,
    "RSA": RSAPublicKey,
}
_MARK: Final = re.compile(r"(-----(?:BEGIN|END) [A-Z ]+-----)")
RSA_BITS: Final = (2048, 8192)
"""From RFC 7518, 3.5; and as long as a signature is checked in a few milliseconds."""


def verification(jwk: Mapping[str, Any]) -> Verification:
    """What checks a signature by this key. Raises ValueError for a key that is of no kind here."""
    try:
        match jwk["kty"], jwk.get("crv"):
            case "OKP", "Ed25519":
                return algorithms.ED25519, Ed25519PublicKey.from_public_bytes(
                    from_base64url(jwk["x"])
                )
            case "EC", "P-256":
                point = EllipticCurvePublicNumbers(
                    _number(jwk["x"]), _number(jwk["y"]), SECP256R1()
                )
                return algorithms.ECDSA_P256_SHA256, point.public_key()
            case "RSA", None:
                key = RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
                if RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
                    return algorithms.RSA_PSS_SHA512, key
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no public key of a kind that banks sign with here") from error
    raise ValueError("no public key of a kind that banks sign with here")


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638's, of the key itself: however it is written, and whatever is said beside it.

    Raises ValueError for a key that is of no kind here.
    """
    key = verification(jwk)[1]
    written = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return JWKRegistry.import_key(written, jwk["kty"]).thumbprint()


def public_jwk(written: str) -> dict[str, Any]:
    """A public key as people are given it, as a JWK or as PEM; empty of what is neither, and of
    one with anything private in it, which goes no further."""
    text = written.strip()
    try:
        if text.startswith("{"):
            key = json.loads(text)
            return key if isinstance(key, dict) and not _PRIVATE & key.keys() else {}
        return _jwk(text)
    except (ValueError, TypeError, JoseError, UnsupportedAlgorithm, RecursionError):
        return {}


def _jwk(pem: str) -> dict[str, Any]:
    """PEM whose lines may have been run together in a cell. Raises ValueError, of no public key."""
    lines = "\n".join(part.strip() for part in _MARK.split(pem) if part.strip())
    key = load_pem_public_key(lines.encode())
    kind = next((name for name, of in _KINDS.items() if isinstance(key, of)), "")
    written = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return dict(JWKRegistry.import_key(written, kind).as_dict(private=False))


def _number(text: str) -> int:
    return int.from_bytes(from_base64url(text), "big")
