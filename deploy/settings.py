"""The settings of a process: from a data directory on one machine, else from the environment."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from deploy.data_directory import DataDirectory, Endpoints
from services.platform.settings import Settings


def settings_of(home: Path, *, endpoints: Endpoints | None = None) -> Settings:
    """The settings of an embedded window that works in this data directory."""
    directory = DataDirectory(home)
    servers = endpoints or directory.endpoints()
    parts = urlsplit(servers.database_url)
    return Settings(
        database_url=f"postgresql://{parts.hostname}:{parts.port}{parts.path}",
        temporal_address=servers.temporal_address,
        temporal_namespace=servers.temporal_namespace,
        jwks_file=home / "issuer.jwk",
        secrets_file=home / "secrets.json",
        sandbox=True,
        http_port=directory.ports()["window"],
    )
