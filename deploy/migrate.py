"""Bringing a database to the schema of this tree."""

from __future__ import annotations

from urllib.parse import urlsplit

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
