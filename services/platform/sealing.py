"""What the workflow engine keeps of a case, sealed before it leaves the process.

Inputs, results, signals, memos, summaries and failures go to the engine as AES-256-GCM of the whole
payload, under a key of its own. Search attributes cannot be sealed (the engine must compare them),
so they hold codes only. Names of workflows, steps and queues, ids and times stay readable.

A sealed payload names its key. One that is not sealed is taken as it is: cases begun before the
engine was sealed go on, and a message never decides anything, whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

ENCODING: Final = b"binary/encrypted"
"""What the engine's own screen takes for sealed; it shows such a payload as it is."""
KEY_ID: Final = "encryption-key-id"
_CONTEXT: Final = b"tradewindow engine payload 1"
_NONCE_BYTES: Final = 12


class Unopened(ValueError):
    """A sealed payload that none of the keys here opens; the case waits until one does."""


@dataclass(frozen=True, slots=True, repr=False)
class EngineKeys:
    """The keys of the engine's payloads: one seals, and more are accepted when opening."""

    sealing: bytes
    accepted: tuple[bytes, ...] = ()

    def all(self) -> tuple[bytes, ...]:
        """Every key that opens."""
        return (self.sealing, *self.accepted)


def key_id(key: bytes) -> str:
    """The name of a key, which says nothing of the key."""
    return sha256(b"tradewindow engine key id" + key).hexdigest()[:16]


class Seal(PayloadCodec):
    """Seals with one key and opens with any that it holds."""

    def __init__(self, keys: EngineKeys) -> None:
        self._id = key_id(keys.sealing).encode()
        self._aeads = {key_id(key).encode(): AESGCM(key) for key in keys.all()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload sealed whole, its own metadata included."""
        return [self.sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload as it was before it was sealed. Raises Unopened."""
        return [self.opened(payload) for payload in payloads]

    def sealed(self, payload: Payload) -> Payload:
        """One payload sealed."""
        nonce = os.urandom(_NONCE_BYTES)
        body = self._aeads[self._id].encrypt(nonce, payload.SerializeToString(), _CONTEXT)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: self._id}, data=nonce + body)

    def opened(self, payload: Payload) -> Payload:
        """One payload opened, or as it is when it is not sealed. Raises Unopened."""
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        named = payload.metadata.get(KEY_ID, b"")
        aead = self._aeads.get(named)
        if aead is None:
            raise Unopened(f"the engine's payload is sealed with key {named!r}, which is not here")
        nonce, body = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(aead.decrypt(nonce, body, _CONTEXT))
        except (InvalidTag, ValueError) as error:
            raise Unopened("the engine's payload was changed after it was sealed") from error


def converter(seal: Seal | None) -> DataConverter:
    """The Pydantic converter; with a seal, failures give up their messages and stacks to it too."""
    if seal is None:
        return pydantic_data_converter
    return replace(
        pydantic_data_converter,
        payload_codec=seal,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
