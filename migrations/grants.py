"""Least privilege, generated from the stated owners: a service writes its own tables only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData

from services import manifests
from services.folders import role_of
from services.kernel.events import Event


def services() -> tuple[str, ...]:
    """Who has a role of its own in the database: every service, and the relay."""
    return (*manifests.names(), "relay")


def case_kinds() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of every kind of case its owner, and who may tell such a case to look at the record."""
    return {
        prefix: (name, tellers)
        for name, one in manifests.manifests().items()
        for prefix, tellers in one.told_by.items()
    }


_READERS: Final = re.compile(r"^-- readers:(.*)$", re.MULTILINE)
_CALLERS: Final = re.compile(r"^-- callers:(.*)$", re.MULTILINE)
_FUNCTION: Final = re.compile(r"^CREATE FUNCTION (\w+)", re.MULTILINE)
_VIEWS: Final = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE | re.IGNORECASE)


def role_statements(passwords: dict[str, str]) -> Iterator[str]:
    """Create the roles, each with its own password; safe to repeat."""
    for name in ("tw_owner", *map(role_of, services())):
        secret = passwords[name].replace("'", "''")
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}')"
            f" THEN CREATE ROLE {name} LOGIN; END IF; END $$"
        )
        yield f"ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{secret}'"
    # What the relay writes may be lost with a server that crashes, and is then done again: it
    # claims, delivers and deletes without waiting for the disk.
    yield f"ALTER ROLE {role_of('relay')} SET synchronous_commit = off"


def table_statements(metadata: MetaData) -> Iterator[str]:
    """Grants on tables and functions."""
    everyone = ", ".join(map(role_of, services()))
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {everyone}"
    yield f"GRANT USAGE ON SCHEMA public TO {everyone}"
    acting = ", ".join(role_of(service) for service in services() if service != "relay")
    yield f"GRANT EXECUTE ON FUNCTION lock_case, record_act, keep_answer, keep_refusal TO {acting}"
    yield f"GRANT EXECUTE ON FUNCTION receipts_missing TO {role_of('window')}"
    yield f"GRANT SELECT ON cases, events, stored_answers TO {everyone}"
    yield f"GRANT SELECT ON case_waits, case_links TO {role_of('window')}"
    # Accounts, transactions and legs are written by their one function alone.
    booking = ", ".join(role_of(n) for n, one in manifests.manifests().items() if one.ledger)
    yield f"GRANT EXECUTE ON FUNCTION ledger_book TO {booking}"
    yield f"GRANT SELECT ON ledger_accounts, ledger_transactions, ledger_postings TO {booking}"
    yield from _draw_statements()
    # What a running window does for itself; with the argument of one it can only count months.
    for function in ("months_prepare()", "months_prepared(text)", "answers_forget()"):
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {role_of('relay')}"
    # Seals are made by the relay's functions, and told by the window.
    yield f"GRANT SELECT ON seals, sealed_heads TO {role_of('relay')}, {role_of('window')}"
    # Only acts and steps tell: the relay puts off and deletes what they wrote, and writes none.
    put_off = "UPDATE (due_at, attempts, last_error)"
    yield f"GRANT SELECT, DELETE, {put_off} ON outbox TO {role_of('relay')}"
    for table in metadata.sorted_tables:
        owner = table.info["owner"]
        if owner in services() and owner != "relay":
            yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} TO {role_of(owner)}"


def _draw_statements() -> Iterator[str]:
    """Whoever draws begins days and keeps draws; whoever reveals closes a day with its seed."""
    drawing = [role_of(n) for n, one in manifests.manifests().items() if one.draws]
    revealing = [role_of(n) for n, one in manifests.manifests().items() if one.reveals]
    if drawing:
        yield f"GRANT SELECT ON draw_seeds, case_draws TO {', '.join(drawing)}"
        functions = "draw_seed_commit, case_draws_keep"
        yield f"GRANT EXECUTE ON FUNCTION {functions} TO {', '.join(drawing)}"
    if revealing:
        closing = "UPDATE (closed_by, closed_at, revealed)"
        yield f"GRANT {closing} ON draw_seeds TO {', '.join(revealing)}"


def function_statements(files: Iterable[Path]) -> Iterator[str]:
    """Let the stated callers of an owner's function call it."""
    for file in files:
        sql = file.read_text()
        if (callers := _CALLERS.search(sql)) is None:
            continue
        names = [name.strip() for name in callers.group(1).split(",")]
        for function in _FUNCTION.findall(sql):
            yield f"GRANT EXECUTE ON FUNCTION {function} TO {', '.join(map(role_of, names))}"


def act_statements(events: Mapping[str, type[Event]]) -> Iterator[str]:
    """Which role appends which event, what that does to its case, and who tells whom.

    A note has no role: the owner of a case appends it, whatever the kind.
    """
    yield "DELETE FROM event_types"
    for name, event in events.items():
        owner = event.__module__.split(".")[1]
        appends = f"'{role_of(owner)}'" if owner in services() else "NULL"
        yield (
            "INSERT INTO event_types (type, role, changes, ends)"
            f" VALUES ('{name}', {appends}, {event.changes}, {event.ends})"
        )
    yield "DELETE FROM case_kinds"
    for kind, (owner, tellers) in case_kinds().items():
        noting = manifests.manifest(owner).noted_by.get(kind, ())
        yield (
            "INSERT INTO case_kinds (kind, role, told_by, noted_by)"
            f" VALUES ('{kind}', '{role_of(owner)}', {_roles(tellers)}, {_roles(noting)})"
        )


def _roles(names: Iterable[str]) -> str:
    return f"CAST(ARRAY[{', '.join(repr(role_of(name)) for name in names)}] AS name[])"


def views_in(sql: str) -> list[str]:
    """The views that a file makes."""
    return _VIEWS.findall(sql)


def view_statements(files: Iterable[Path]) -> Iterator[str]:
    """Create every published view and let its stated readers read it."""
    for file in files:
        sql = file.read_text()
        readers = _READERS.search(sql)
        if readers is None:
            raise ValueError(f"{file.name} does not state its readers")
        yield from (part for part in sql.split(";\n") if part.strip())
        names = [name.strip() for name in readers.group(1).split(",") if name.strip()]
        for view in views_in(sql):
            yield f"GRANT SELECT ON {view} TO {', '.join(map(role_of, names))}"
