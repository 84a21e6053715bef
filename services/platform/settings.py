"""Settings from the environment; on one machine, from the data directory."""

from __future__ import annotations

import base64
import json
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES: Final = (
    "registry",
    "declaration",
    "inspection",
    "settlement",
    "processing",
    "window",
)


class Settings(BaseSettings):
    """What a process must be told. Secrets come from a file (mode 0600), never from arguments."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str
    """PostgreSQL without credentials of its own: each role's password is in the secrets file."""
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    oidc_issuer: str = "urn:tradewindow:sandbox"
    oidc_audience: str = "tradewindow"
    jwks_file: Path | None = None
    """Public keys of the issuer as a JWK set; the sandbox's own when None."""
    secrets_file: Path
    sandbox: bool = False
    """The embedded window with its own issuer: only there are tokens minted."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    pool_size: int = 10
    intake_limit: int = 200
    """Requests of one process in flight before it answers 429 (bounded intake)."""
    iso20022_schemas: Path | None = None
    """Folder with the official XSD files; messages are checked against them when it is there."""
    otlp_endpoint: str | None = None
    log_level: str = "INFO"

    @cached_property
    def secrets(self) -> dict[str, Any]:
        """The secrets file: field_key, hash_key (base64), database_passwords by role."""
        loaded: dict[str, Any] = json.loads(self.secrets_file.read_text())
        return loaded

    def key(self, name: str) -> bytes:
        """One symmetric key of the secrets file."""
        return base64.b64decode(self.secrets[name])

    def database_url_for(self, role: str) -> str:
        """The database URL under a role's own name and password."""
        parts = urlsplit(self.database_url)
        password = quote(self.secrets["database_passwords"][role], safe="")
        netloc = f"{role}:{password}@{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(("postgresql", netloc, parts.path, parts.query, ""))


def role_of(service: str) -> str:
    """The database role of a service: it may write its own tables and nothing else."""
    return f"tw_{service}"
