"""Bringing a database to the schema of this tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from deploy.operate.data_directory import DATABASE_ROLES, Endpoints, LocalError, Secrets
from services.platform.secret_file import SecretFile, url_under


def migrate(endpoints: Endpoints, secrets: Secrets) -> None:
    """Apply every migration that is missing, and the roles with their passwords."""
    bring_up(endpoints.database_url, secrets.database_passwords)


def bring_up(url: str, passwords: Mapping[str, str]) -> None:
    """As ``migrate``, for a database by its address as the superuser.

    Raises LocalError: the server does not answer, refuses the superuser, has no such database, or
    the database was brought up by a newer version.
    """
    # Imported late: Alembic and the tables of all services are slow to load, and most commands
    # do without.
    from sqlalchemy.exc import DBAPIError

    from migrations.apply import SchemaUnknown, apply

    address = urlsplit(url)
    server = f"{address.hostname}:{address.port}"
    try:
        apply(url, dict(passwords))
    except SchemaUnknown as error:
        raise LocalError(
            f"The database {address.path.strip('/')} at {server} is at revision {error.found},"
            f" which this version does not know (it ends at {error.newest}): a newer version has"
            " been there. Run that version, or restore the back-up taken before it."
        ) from error
    except DBAPIError as error:
        refused = _refused(getattr(error.orig, "sqlstate", None), address)
        if refused is None:
            raise
        raise refused from error
    except OSError as error:
        raise LocalError(
            f"The database at {server} does not answer ({error});"
            " `tradewindow up` starts the one of a data directory."
        ) from error


def _refused(sqlstate: str | None, address: SplitResult) -> LocalError | None:
    """What to do about a server that lets nobody in under this name, or has no such database."""
    server = f"{address.hostname}:{address.port}"
    match sqlstate:
        case "28P01" | "28000":
            return LocalError(
                f"The database at {server} refuses {address.username} with the superuser_password"
                " of the secrets file; put the right one in."
            )
        case "3D000":
            return LocalError(
                f"There is no database {address.path.strip('/')} at {server}; make it, or name"
                " another in DATABASE_URL."
            )
    return None


def migrate_by_environment(environment: Mapping[str, str]) -> None:
    """As ``migrate``, on the server that DATABASE_URL names, with the passwords of SECRETS_FILE.

    DATABASE_URL may name the superuser (else postgres); its password is in the file too, which
    needs no key. Raises SettingsError when the file cannot be used.
    """
    if "DATABASE_URL" not in environment:
        raise LocalError("Set DATABASE_URL in the environment, as for the services.")
    secrets = SecretFile.read(Path(environment["SECRETS_FILE"]))
    missing = secrets.missing(tuple(f"database_passwords.{role}" for role in DATABASE_ROLES))
    if missing:
        raise LocalError(
            f"The secrets file {secrets.path} has no {', '.join(missing)}, which migrate needs;"
            " `tradewindow secrets split` writes each process's file from the master file."
        )
    url = environment["DATABASE_URL"]
    user = urlsplit(url).username or "postgres"
    bring_up(url_under(url, user, secrets.superuser_password()), secrets.passwords())
