"""The steps of cases: every one by its name, taken twice, and what of the record they change."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg

import workflows.ports
from deploy.operate.assembly import Assembly
from services.accreditation.activities import AccreditationActivities
from services.declaration.activities import DeclarationActivities
from services.inspection.activities import InspectionActivities
from services.kernel.messages import Case, Standing
from services.processing.activities import ProcessingActivities
from services.risk.activities import ScreeningActivities
from services.settlement.activities import SettlementActivities

Step = Callable[[Case], Awaitable[Any]]
_DEFINITION: Final = "__temporal_activity_definition"
_COUNTERS: Final = ("attempts",)
"""Columns that count how often a step was taken; of these the second time is another."""
_TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
)


def steps_of(assembly: Assembly) -> Mapping[str, Step]:
    """Every step that the workers take, over each service's own database role."""
    vault = assembly.vault
    services = (
        DeclarationActivities(assembly.database("declaration")),
        ScreeningActivities(assembly.database("risk"), vault=vault),
        InspectionActivities(assembly.database("inspection"), vault=vault),
        AccreditationActivities(assembly.database("accreditation"), vault=vault),
        SettlementActivities(assembly.database("settlement")),
        ProcessingActivities(assembly.database("processing")),
    )
    return {
        getattr(step, _DEFINITION).name: step
        for service in services
        for _, step in inspect.getmembers(service, inspect.ismethod)
        if hasattr(step, _DEFINITION)
    }


def steps_of_ports() -> dict[str, list[str]]:
    """What workflows may ask of each service: the names of its steps by the port's module."""
    return {
        module.name: sorted(_steps_of(importlib.import_module(f"workflows.ports.{module.name}")))
        for module in pkgutil.iter_modules(workflows.ports.__path__)
    }


def _steps_of(port: object) -> set[str]:
    return {
        getattr(step, _DEFINITION).name
        for _, asked in inspect.getmembers(port, inspect.isclass)
        for _, step in inspect.getmembers(asked, inspect.isfunction)
        if asked.__module__ == getattr(port, "__name__", None) and hasattr(step, _DEFINITION)
    }


async def record_of(sql: asyncpg.Pool) -> dict[str, str]:
    """A digest of every row of every table, the counters of attempts apart."""
    record = {}
    for (table,) in await sql.fetch(_TABLES):
        rows = f"SELECT (to_jsonb(t) - $1::text[])::text AS shown FROM {table} AS t"
        digest = f"SELECT md5(string_agg(shown, '|' ORDER BY shown)) FROM ({rows}) AS r"
        record[table] = str(await sql.fetchval(digest, list(_COUNTERS)))
    return record


async def taken_twice(
    sql: asyncpg.Pool, step: Step, case: str, *, at: datetime | None = None
) -> tuple[str, list[str]]:
    """Take a step twice in a row: the second time changes nothing and finds the case as it is.

    Where the case stands, and the tables that the first one wrote to.
    """
    look = Case(case_id=case, at=at)
    before = await record_of(sql)
    first = await step(look)
    after = await record_of(sql)
    second = await step(look)
    again = await record_of(sql)
    assert {t for t in after if after[t] != again[t]} == set()
    if not isinstance(first, Standing):
        assert first is second is None
        return "", _changed(before, after)
    assert (second.state, second.ended) == (first.state, first.ended)
    assert (second.look_at is None) == (first.look_at is None)
    return first.state, _changed(before, after)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [table for table in after if after[table] != before.get(table)]
