"""Bringing a database to the schema of this tree."""

from __future__ import annotations

from deploy.data_directory import Endpoints, Secrets


def migrate(endpoints: Endpoints, secrets: Secrets) -> None:
    """Apply every migration that is missing, and the roles with their passwords."""
    # Imported late: Alembic and the tables of all services are slow to load, and most commands
    # do without.
    from migrations.apply import apply

    apply(endpoints.database_url, dict(secrets.database_passwords))
