"""Least privilege, generated from the stated owners: a service writes its own tables only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData

SERVICES: Final = (
    "registry",
    "declaration",
    "inspection",
    "settlement",
    "processing",
    "window",
    "relay",
)
_READERS: Final = re.compile(r"^-- readers:(.*)$", re.MULTILINE)
_VIEWS: Final = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE | re.IGNORECASE)


def role(service: str) -> str:
    """The database role of a service."""
    return f"tw_{service}"


def role_statements(passwords: dict[str, str]) -> Iterator[str]:
    """Create the roles, each with its own password; safe to repeat."""
    for name in ("tw_owner", *map(role, SERVICES)):
        secret = passwords[name].replace("'", "''")
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}')"
            f" THEN CREATE ROLE {name} LOGIN; END IF; END $$"
        )
        yield f"ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{secret}'"
    # What the relay writes may be lost with a server that crashes, and is then done again: it
    # claims, delivers and deletes without waiting for the disk.
    yield f"ALTER ROLE {role('relay')} SET synchronous_commit = off"


def table_statements(metadata: MetaData) -> Iterator[str]:
    """Grants on tables and functions."""
    everyone = ", ".join(map(role, SERVICES))
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {everyone}"
    yield f"GRANT USAGE ON SCHEMA public TO {everyone}"
    yield f"GRANT EXECUTE ON FUNCTION append_event TO {everyone}"
    yield f"GRANT SELECT ON cases, events TO {everyone}"
    yield f"GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO {everyone}"
    yield f"GRANT INSERT ON outbox TO {everyone}"
    # What a running window does for itself; with the argument of one it can only count months.
    for function in ("months_prepare()", "months_prepared(text)", "keys_forget()"):
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {role('relay')}"
    for table in metadata.sorted_tables:
        owner = table.info["owner"]
        if owner != "platform":
            yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} TO {role(owner)}"


def view_statements(files: Iterable[Path]) -> Iterator[str]:
    """Create every published view and let its stated readers read it."""
    for file in files:
        sql = file.read_text()
        readers = _READERS.search(sql)
        if readers is None:
            raise ValueError(f"{file.name} does not state its readers")
        yield from (part for part in sql.split(";\n") if part.strip())
        names = [name.strip() for name in readers.group(1).split(",") if name.strip()]
        for view in _VIEWS.findall(sql):
            yield f"GRANT SELECT ON {view} TO {', '.join(map(role, names))}"
