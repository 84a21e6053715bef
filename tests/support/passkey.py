"""A phone's authenticator in software: makes passkeys and answers challenges, honestly or not."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from services.kernel.identifiers import uuid_of
from tests.support.reading import Reader
from tests.support.window import Window

OPENINGS: Final = "/registry/v1/passkey-openings"
PASSKEYS: Final = "/registry/v1/passkeys"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def written(raw: bytes) -> str:
    """Bytes as browsers write them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(text: str) -> bytes:
    """Bytes as browsers write them."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One phone with one passkey of a window at an origin. ``verified``: whether the finger on it
    is its holder's; ``counts``: whether it counts its answers."""

    origin: str
    rp_id: str
    verified: bool = True
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    count: int = 0

    @property
    def public_key(self) -> bytes:
        """Its public key, as a COSE key of ES256."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        return cbor2.dumps(cose)

    def make(self, challenge: str) -> dict[str, str]:
        """What ``navigator.credentials.create`` answers, attestation none."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(_ATTESTED) + attested + self.public_key
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        return {
            "client_data": written(self._client_data("webauthn.create", challenge)),
            "attestation": written(cbor2.dumps(statement)),
        }

    def touch(self, challenge: str) -> dict[str, str]:
        """What ``navigator.credentials.get`` answers, as an act of the interface takes it."""
        self.count += self.counts
        client, data = self._client_data("webauthn.get", challenge), self._data()
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return {
            "credential_id": written(self.credential_id),
            "authenticator_data": written(data),
            "client_data": written(client),
            "signature": written(signature),
        }

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verified else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()


def new_phone(window: Window, **how: Any) -> Authenticator:
    """A phone that opens this window's pages."""
    origin = window.assembly.settings.passkey_origin or ""
    return Authenticator(**{"origin": origin, "rp_id": "localhost", **how})


async def opened(window: Window, number: str, replaces: str | None = None) -> dict[str, Any]:
    """A registrar opens a passkey for the resident whose document is on the desk; with its code."""
    body = {"resident_no": number} | ({} if replaces is None else {"replaces": replaces})
    made = await window.registrar.post(OPENINGS, body)
    return await window.registrar.get(f"{OPENINGS}/{made['passkey_id']}")


async def bound(
    window: Window,
    number: str,
    phone: Authenticator,
    replaces: str | None = None,
    *,
    seen: bool = True,
) -> tuple[Reader, dict[str, Any]]:
    """A resident binds a phone at the desk; the resident's own session, and the passkey.

    ``seen``: the time goes by for which it is only seen.
    """
    code = (await opened(window, number, replaces))["code"]
    holder = await window.phone(number)
    asked = await holder.post("/registry/v1/passkey-challenges", {"code": code})
    passkey = await holder.post(PASSKEYS, {"code": code, **phone.make(asked["challenge"])})
    if seen:
        await window.sql.execute(
            "UPDATE passkeys SET counts_from = bound_at WHERE passkey_id = $1",
            uuid_of(passkey["passkey_id"], "pky"),
        )
        (passkey,) = [
            one
            for one in (await holder.get(PASSKEYS))["items"]
            if one["passkey_id"] == passkey["passkey_id"]
        ]
    return holder, passkey
