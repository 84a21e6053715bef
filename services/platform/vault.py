"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed hash."""

from __future__ import annotations

import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class KeyNotHere(RuntimeError):
    """A key that this process was not given, because its service was not known to use it."""


class Vault:
    """Seals and opens fields. The keys come from the secrets file and never leave the process.

    A process whose service only seals, or only looks up, holds only that key; the other act raises
    KeyNotHere.
    """

    def __init__(self, *, field_key: bytes | None, hash_key: bytes | None) -> None:
        self._field_aead = AESGCM(field_key) if field_key else None
        self._hash_key = hash_key
        # One market day names the same residents again and again.
        self._hash = lru_cache(maxsize=65536)(self._keyed_hash)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt; ``context`` (table and column) is bound in, so a field cannot be moved."""
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt what seal made in the same context. Raises InvalidTag on anything else."""
        return self._aead.decrypt(sealed[:12], sealed[12:], context.encode())

    def keyed_hash(self, value: str) -> bytes:
        """HMAC-SHA256 of an identity number, for look-up without storing it."""
        return self._hash(value)

    @property
    def _aead(self) -> AESGCM:
        if self._field_aead is None:
            raise KeyNotHere("field_key")
        return self._field_aead

    def _keyed_hash(self, value: str) -> bytes:
        if self._hash_key is None:
            raise KeyNotHere("hash_key")
        return hmac.new(self._hash_key, value.encode(), sha256).digest()
