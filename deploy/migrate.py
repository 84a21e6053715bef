"""Bringing a database to the schema of this tree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.data_directory import Endpoints, LocalError, Secrets


def migrate(endpoints: Endpoints, secrets: Secrets) -> None:
    """Apply every migration that is missing, and the roles with their passwords."""
    # Imported late: Alembic and the tables of all services are slow to load, and most commands
    # do without.
    from migrations.apply import apply

    try:
        apply(endpoints.database_url, dict(secrets.database_passwords))
    except OSError as error:
        address = urlsplit(endpoints.database_url)
        raise LocalError(
            f"The database at {address.hostname}:{address.port} does not answer ({error}); "
            "`tradewindow up` starts the one of a data directory."
        ) from error


def migrate_by_environment(environment: Mapping[str, str]) -> None:
    """As ``migrate``, on the server that DATABASE_URL names, with the passwords of SECRETS_FILE.

    DATABASE_URL may name the superuser (else postgres); its password is in the file too.
    """
    if "DATABASE_URL" not in environment:
        raise LocalError("Set DATABASE_URL in the environment, as for the services.")
    path = Path(environment["SECRETS_FILE"])
    try:
        found = json.loads(path.read_text())
        secrets = Secrets(
            field_key=found["field_key"],
            hash_key=found["hash_key"],
            superuser_password=found["superuser_password"],
            database_passwords=dict(found["database_passwords"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalError(
            f"The secrets file {path} cannot be used ({type(error).__name__}: {error}); it needs"
            " field_key, hash_key, superuser_password and database_passwords."
        ) from error
    parts = urlsplit(environment["DATABASE_URL"])
    user = f"{parts.username or 'postgres'}:{quote(secrets.superuser_password, safe='')}"
    address = f"{user}@{parts.hostname}:{parts.port or 5432}"
    url = urlunsplit(("postgresql", address, parts.path, parts.query, ""))
    migrate(Endpoints(database_url=url, temporal_address="", temporal_ui_url=""), secrets)
