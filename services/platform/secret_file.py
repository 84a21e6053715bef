"""The secrets file of a process: JSON, mode 0600, and never more in it than the process needs.

    {"field_key": …, "hash_key": …, "receipt_key": …, "engine_key": …,   32 bytes each, base64
     "engine_key_next": …, "engine_keys_old": […],                       open, and seal nothing
     "portal_key": …, "document_key": …,                                 one, or a list of them
     "document_store": {"access_key_id": …, "secret_access_key": …},     of a bucket of one's own
     "notices_smtp": {"user": …, "password": …},                         at the mail server
     "notices_sms": "whsec_…",                                           by which SMS are signed
     "database_passwords": {"tw_relay": …},                              by role
     "superuser_password": …}                                            for `migrate` alone

What is not in it is missed by the first who asks for it, in one sentence.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

KEY_BYTES: Final = 32


class SettingsError(ValueError):
    """Why a process cannot start as it is set, as one sentence that says what to do."""


@dataclass(frozen=True)
class SecretFile:
    """What one secrets file holds; the representation shows none of it."""

    path: Path
    content: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> SecretFile:
        """The file's content. Raises SettingsError when it cannot be read or is not an object."""
        try:
            content = json.loads(path.read_bytes())
        except OSError as error:
            raise SettingsError(
                f"The secrets file {path} cannot be read ({error.strerror}); SECRETS_FILE names it."
            ) from error
        except ValueError as error:
            raise SettingsError(
                f"The secrets file {path} is not JSON; put back the copy you keep of it."
            ) from error
        if not isinstance(content, dict):
            raise SettingsError(
                f"The secrets file {path} is not a JSON object; put back the copy you keep of it."
            )
        return cls(path, content)

    def key(self, name: str) -> bytes:
        """One symmetric key."""
        return self._key(name, self._there(name))

    def keys(self, name: str) -> tuple[bytes, ...]:
        """Symmetric keys, of a field with one or with a list; none when it is not there."""
        found = self.content.get(name) or []
        return tuple(self._key(name, k) for k in (found if isinstance(found, list) else [found]))

    def members(self, name: str) -> dict[str, str]:
        """An object of texts; empty when it is not there."""
        found = self.content.get(name, {})
        if not isinstance(found, dict):
            raise SettingsError(f"{name} in {self.path} is not an object.")
        return {str(key): str(value) for key, value in found.items()}

    def text(self, name: str) -> str:
        """A secret that is a text as it is: what somebody else's file is opened by."""
        return str(self._there(name))

    def superuser_password(self) -> str:
        """The password by which `migrate` makes the roles."""
        return str(self._there("superuser_password"))

    def passwords(self) -> dict[str, str]:
        """The database passwords that are there, by role."""
        found = self.content.get("database_passwords", {})
        if not isinstance(found, dict):
            raise SettingsError(f"database_passwords in {self.path} is not an object by role.")
        return {str(role): str(password) for role, password in found.items()}

    def database_url(self, address: str, role: str) -> str:
        """The database's address under a role's own name and password."""
        password = self.passwords().get(role)
        if password is None:
            raise self._lacking(f"database_passwords.{role}")
        return url_under(address, role, password)

    def missing(self, names: tuple[str, ...]) -> list[str]:
        """Which of the named secrets are not there; a role's is `database_passwords.ROLE`."""
        there = {name for name, value in self.content.items() if value}
        there |= {f"database_passwords.{role}" for role in self.passwords()}
        return [name for name in names if name not in there]

    def _there(self, name: str) -> Any:
        found = self.content.get(name)
        if not found:
            raise self._lacking(name)
        return found

    def _lacking(self, name: str) -> SettingsError:
        return SettingsError(
            f"The secrets file {self.path} has no {name}, which this process needs;"
            " `tradewindow secrets split` writes each process's file from the master file."
        )

    def _key(self, name: str, text: Any) -> bytes:
        try:
            found = base64.b64decode(text, validate=True)
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{name} in {self.path} is not base64.") from error
        if len(found) != KEY_BYTES:
            raise SettingsError(
                f"{name} in {self.path} has {len(found)} bytes; a key has {KEY_BYTES}."
            )
        return found


def url_under(address: str, user: str, password: str) -> str:
    """A database's address under a user's name. Raises SettingsError for TLS settings in it.

    What `migrate` connects by takes those from the environment only, and one place serves all.
    """
    parts = urlsplit(address)
    tls = [name for name, _ in parse_qsl(parts.query) if name.startswith("ssl")]
    if tls:
        raise SettingsError(
            f"Take {', '.join(tls)} out of DATABASE_URL and set PGSSLMODE, PGSSLROOTCERT,"
            " PGSSLCERT and PGSSLKEY in the environment instead."
        )
    try:
        port = parts.port or 5432
    except ValueError as error:
        raise SettingsError("The port in DATABASE_URL is not a number.") from error
    netloc = f"{user}:{quote(password, safe='')}@{parts.hostname}:{port}"
    return urlunsplit(("postgresql", netloc, parts.path, parts.query, ""))
