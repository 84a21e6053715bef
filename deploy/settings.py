"""The settings of a process: from a data directory on one machine, else from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from deploy.data_directory import DataDirectory, Endpoints
from deploy.home import Home, home_or_default
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


def settings_here(home: Home) -> Settings:
    """Of the directory named; else of the environment, where SECRETS_FILE is set as for services
    run alone; else of the default directory."""
    if home is None and "SECRETS_FILE" in os.environ:
        return Settings()
    return settings_of(home_or_default(home))
