"""Passkeys (W3C Web Authentication, level 3): whether what a phone answers is its holder's word.

A phone keeps a key for this window's public name alone and signs with it only after it has checked
finger, face or code; none of that ever leaves it. What it signs is a challenge. Here the challenge
is the digest of what is agreed to, so that the kept answer proves who agreed to what, to anybody
who has the public key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_attestation_object, parse_authenticator_data
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    RegistrationCredential,
)

from services.kernel.base64url import base64url, from_base64url
from services.kernel.events import canonical_json
from services.platform.settings import ProcessSettings

ALGORITHMS: Final = (-7, -8, -257)
"""What a phone may sign by (COSE): ES256, EdDSA, RS256; the first is what phones have."""
_CREDENTIAL_MAX: Final = 1023
"""Bytes of a credential id at most (Web Authentication, 5.8.3)."""


class Fault(StrEnum):
    """What is wrong with a phone's answer."""

    UNREADABLE = "UNREADABLE"
    OTHER_CHALLENGE = "OTHER_CHALLENGE"
    ELSEWHERE = "ELSEWHERE"
    NOT_VERIFIED = "NOT_VERIFIED"
    FORGED = "FORGED"


class Unfit(Exception):
    """A phone's answer that is not taken."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a phone answers when its holder agrees."""

    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey as a phone has just made it. ``public_key`` is a COSE key (RFC 9052)."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The window as phones know it: by the origin of its pages."""

    origin: str

    @property
    def rp_id(self) -> str:
        """The name for which passkeys are made."""
        return urlsplit(self.origin).hostname or ""

    def made(self, client_data: bytes, attestation: bytes, *, challenge: bytes) -> NewPasskey:
        """The passkey that a phone made for this challenge, its holder verified. Raises Unfit.

        Who built the phone is not asked (attestation ``none``): whose it is, is seen at the desk.
        """
        self._require_client_data(client_data, "webauthn.create", challenge)
        try:
            seen = parse_attestation_object(attestation).auth_data
        except Exception as error:  # a stranger's bytes: whatever they break, they are no passkey
            raise Unfit(Fault.UNREADABLE) from error
        self._require_holder(seen)
        attested = seen.attested_credential_data
        raw = b"" if attested is None else attested.credential_id
        response = AuthenticatorAttestationResponse(
            client_data_json=client_data, attestation_object=attestation
        )
        credential = RegistrationCredential(id=base64url(raw), raw_id=raw, response=response)
        try:
            found = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except Exception as error:
            raise Unfit(Fault.UNREADABLE) from error
        if len(found.credential_id) > _CREDENTIAL_MAX:
            raise Unfit(Fault.UNREADABLE)
        return NewPasskey(found.credential_id, found.credential_public_key, found.sign_count)

    def answered(self, said: Assertion, *, challenge: bytes, public_key: bytes) -> int:
        """How often the passkey has signed, as it counts itself, where it agreed to this challenge.

        Its holder was verified, for this window, on a page of its own. Raises Unfit.
        """
        self._require_client_data(said.client_data, "webauthn.get", challenge)
        try:
            seen = parse_authenticator_data(said.authenticator_data)
        except Exception as error:
            raise Unfit(Fault.UNREADABLE) from error
        self._require_holder(seen)
        response = AuthenticatorAssertionResponse(
            client_data_json=said.client_data,
            authenticator_data=said.authenticator_data,
            signature=said.signature,
        )
        raw = said.credential_id
        credential = AuthenticationCredential(id=base64url(raw), raw_id=raw, response=response)
        try:
            # Counts are compared with the one on file, under its lock.
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as error:
            raise Unfit(Fault.FORGED) from error
        return verified.new_sign_count

    def _require_client_data(self, client_data: bytes, kind: str, challenge: bytes) -> None:
        said = _client_data(client_data)
        if said.get("type") != kind:
            raise Unfit(Fault.UNREADABLE)
        if said.get("challenge") != base64url(challenge):
            raise Unfit(Fault.OTHER_CHALLENGE)
        if said.get("origin") != self.origin or said.get("crossOrigin") is True:
            raise Unfit(Fault.ELSEWHERE)

    def _require_holder(self, seen: AuthenticatorData) -> None:
        if seen.rp_id_hash != sha256(self.rp_id.encode()).digest():
            raise Unfit(Fault.ELSEWHERE)
        if not (seen.flags.up and seen.flags.uv):
            raise Unfit(Fault.NOT_VERIFIED)


def relying_party(settings: ProcessSettings) -> RelyingParty | None:
    """The window as phones know it; None of one without a public address."""
    origin = settings.passkey_origin or settings.public_origin
    return None if origin is None else RelyingParty(origin)


def challenge_of(terms: Any) -> bytes:
    """The digest (SHA-256) of what is agreed to, in its one canonical text."""
    return sha256(canonical_json(terms).encode()).digest()


def read_base64url(text: str) -> bytes:
    """Bytes as browsers write them. Raises Unfit."""
    try:
        return from_base64url(text)
    except ValueError as error:
        raise Unfit(Fault.UNREADABLE) from error


def _client_data(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Unfit(Fault.UNREADABLE) from error
    if not isinstance(said, dict):
        raise Unfit(Fault.UNREADABLE)
    return said
