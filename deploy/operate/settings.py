"""The settings of a process: from a data directory on one machine, else from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.home import Home, home_or_default
from deploy.operate.paper_certificate import sandbox_certificates
from services.platform.settings import ProcessSettings, Settings, SettingsError

Told = TypeVar("Told", bound=ProcessSettings)


def settings_of(home: Path, *, endpoints: Endpoints | None = None) -> Settings:
    """The settings of an embedded window that works in this data directory."""
    directory = DataDirectory(home)
    servers = endpoints or directory.endpoints()
    parts = urlsplit(servers.database_url)
    return Settings(
        database_url=f"postgresql://{parts.hostname}:{parts.port}{parts.path}",
        temporal_address=servers.temporal_address,
        temporal_namespace=servers.temporal_namespace,
        engine_sealed=False,
        jwks_file=home / "issuer.jwk",
        secrets_file=home / "secrets.json",
        sandbox=True,
        revocations_file=home / "revoked.json",
        public_origin=directory.window_url(),
        passkey_origin=_named(directory.window_url()),
        http_port=directory.ports()["window"],
        documents_store=directory.documents.absolute().as_uri(),
        paper_certificates=sandbox_certificates(directory),
    )


def _named(origin: str) -> str:
    """The same origin by a name: a passkey belongs to a name, never to an address."""
    return origin.replace("//127.0.0.1", "//localhost")


def environment_settings(kind: type[Told]) -> Told:
    """The settings that the environment names. Raises SettingsError with what to set or mend."""
    try:
        return kind.of_environment()
    except ValidationError as error:
        found = [(str(e["loc"][0]).upper(), e["type"], e["msg"]) for e in error.errors()]
        missing = [name for name, kind, _ in found if kind == "missing"]
        wrong = [f"{name} ({said})" for name, kind, said in found if kind != "missing"]
        sentences = []
        if missing:
            sentences.append(
                f"Set {', '.join(missing)} in the environment"
                + (", or name a data directory with --home." if kind is Settings else ".")
            )
        if wrong:
            sentences.append(f"Mend in the environment: {'; '.join(wrong)}.")
        raise SettingsError(" ".join(sentences)) from None


def settings_here(home: Home) -> Settings:
    """Of the directory named; else of the environment, where SECRETS_FILE is set as for services
    run alone; else of the default directory."""
    if home is None and "SECRETS_FILE" in os.environ:
        return environment_settings(Settings)
    return settings_of(home_or_default(home))
