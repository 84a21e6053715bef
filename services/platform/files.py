"""Files outside the database: sealed, named by the digest of their content, kept once.

A store is a folder, or a bucket of whatever speaks S3 (``DOCUMENTS_STORE``). What lies in it says
nothing to whoever reads the store: each file is AES-256-GCM under a key of the secrets file, with
its digest bound in, so that none can be put in another's place. A sealed file names its key: the
first of the list seals, every one opens, and a key can go when no file names it any more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from services.platform.settings import Settings, SettingsError

if TYPE_CHECKING:
    from obstore.store import S3Config

KEY: Final = "document_key"
"""One key of the secrets file, or a list of them: the first seals, every one opens."""
CREDENTIALS: Final = "document_store"
"""What of the secrets file opens the store: access_key_id and secret_access_key, of a bucket."""
_CREDENTIALS: Final = frozenset({"access_key_id", "secret_access_key"})
_CONTEXT: Final = b"tradewindow file 1"
_ID_BYTES: Final = 16
_NONCE_BYTES: Final = 12


class FileLost(Exception):
    """What the record names is not in the store, or is not what was kept; a copy brings it back."""


class StoreAway(Exception):
    """The store does not answer, or lets nobody in."""


def digest_of(content: bytes) -> bytes:
    """SHA-256: the name of a content."""
    return sha256(content).digest()


def key_id(key: bytes) -> str:
    """The name of a key, which says nothing of the key."""
    return sha256(b"tradewindow file key id" + key).hexdigest()[:_ID_BYTES]


class Files:
    """The one way to files that are kept outside the database."""

    def __init__(self, store: ObjectStore, keys: Sequence[bytes]) -> None:
        self._store = store
        self.key_id = key_id(keys[0])
        """Of the key that seals now."""
        self._aeads = {key_id(key): AESGCM(key) for key in keys}

    @classmethod
    def of(cls, settings: Settings) -> Files:
        """As this process is set. Raises SettingsError with what to set or mend."""
        keys = settings.keys(KEY)
        if not keys:
            settings.key(KEY)
        return cls(store_of(settings), keys)

    async def keep(self, digest: bytes, content: bytes) -> None:
        """Keep a content under its digest; what is there already is written anew, as it was.

        Raises StoreAway.
        """
        sealed = await asyncio.to_thread(self._sealed, digest, content)
        try:
            await obstore.put_async(self._store, _place(digest), sealed)
        except (BaseError, OSError) as error:
            raise StoreAway(type(error).__name__) from error

    async def content(self, digest: bytes) -> bytes:
        """What was kept under a digest. Raises FileLost, StoreAway."""
        try:
            found = await obstore.get_async(self._store, _place(digest))
            sealed = bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise FileLost(digest.hex()) from error
        except (BaseError, OSError) as error:
            raise StoreAway(type(error).__name__) from error
        return await asyncio.to_thread(self._opened, digest, sealed)

    async def forget(self, digest: bytes) -> None:
        """Delete what nothing names; what is not there is forgotten already. Raises StoreAway."""
        try:
            await obstore.delete_async(self._store, _place(digest))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreAway(type(error).__name__) from error

    def _sealed(self, digest: bytes, content: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        body = self._aeads[self.key_id].encrypt(nonce, content, _CONTEXT + digest)
        return self.key_id.encode() + nonce + body

    def _opened(self, digest: bytes, sealed: bytes) -> bytes:
        named, rest = sealed[:_ID_BYTES], sealed[_ID_BYTES:]
        aead = self._aeads.get(named.decode("ascii", "replace"))
        if aead is None:
            raise FileLost(digest.hex())
        try:
            content = aead.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _CONTEXT + digest)
        except (InvalidTag, ValueError) as error:
            raise FileLost(digest.hex()) from error
        if digest_of(content) != digest:
            raise FileLost(digest.hex())
        return content


def store_of(settings: Settings) -> ObjectStore:
    """The store that is set: file:///FOLDER or s3://BUCKET/PREFIX. Raises SettingsError."""
    if settings.documents_store is None:
        raise SettingsError(
            "Set DOCUMENTS_STORE, where documents are kept: file:///FOLDER or s3://BUCKET/PREFIX."
        )
    parts = urlsplit(settings.documents_store)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return _folder(Path(unquote(parts.path)))
    if parts.scheme != "s3" or not parts.netloc:
        raise SettingsError("DOCUMENTS_STORE names file:///FOLDER or s3://BUCKET/PREFIX, no other.")
    endpoint = settings.documents_endpoint
    config: S3Config = {}
    if endpoint is not None:
        config["endpoint"] = endpoint
    if settings.documents_region is not None:
        config["region"] = settings.documents_region
    given = settings.secrets.members(CREDENTIALS)
    if given:
        if missing := sorted(_CREDENTIALS - given.keys()):
            raise SettingsError(f"{CREDENTIALS} in the secrets file has no {', '.join(missing)}.")
        config["access_key_id"] = given["access_key_id"]
        config["secret_access_key"] = given["secret_access_key"]
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,
        # Without TLS only where an operator's own address says so: what lies there is sealed.
        client_options={"allow_http": (endpoint or "").startswith("http://")},
    )


def _folder(path: Path) -> LocalStore:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(path)
    except (BaseError, OSError) as error:
        raise SettingsError(
            f"The folder {path} cannot be used; DOCUMENTS_STORE names it."
        ) from error


def _place(digest: bytes) -> str:
    name = digest.hex()
    return f"{name[:2]}/{name}"
