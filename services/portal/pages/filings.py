"""First filings from a file: a registrar brings a register's records, all of them or none."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.filing_rows import CHOICES, FILED, columns_of, place_of, records_of
from services.portal.interface import Problem
from services.portal.offered import only
from services.portal.ports import ports_named
from services.portal.sheets import ROWS_MAX, Sheet, Unreadable
from services.portal.table_desk import (
    BOUNDS,
    ROOM,
    SHOWN_MAX,
    brought,
    download,
    file_most,
    model_of,
    names_of,
    ports_as_written,
)
from services.portal.visit import Visit, acting, reading

_HEADS: Final = "_filing_rows.html"
CHANGED: Final = {
    **{"officers": "officer", "sellers": "seller", "payer-accounts": "payer_account"},
    **{"groups": "group", "enterprises": "enterprise", "banks": "bank", "ports": "port"},
}
"""Registers of which a record on file changes by a proposal, and as what it is proposed."""


async def upload(visit: Visit) -> Response:
    """The page on which a register is chosen and its file, with the model to fill in."""
    return await _page(visit, _kind(visit))


def _kind(visit: Visit) -> str:
    kind = visit.request.path_params.get("kind") or visit.query("kind") or ""
    return kind if kind in FILED else next(iter(FILED))


async def _page(visit: Visit, kind: str, *, status: int | None = None, **more: Any) -> Response:
    context = {"why": None, "wrong": [], "more": 0, "made": None, **more}
    if context["made"] is not None:
        # What was typed is filed: the next on the same page is another act, under another key.
        visit.form = {}
    return visit.page(
        "filing.html",
        status=status,
        kind=kind,
        kinds=tuple(FILED),
        columns=FILED[kind],
        choices=CHOICES,
        ports=await ports_named(visit.portal.shared, visit.language),
        changed=kind in CHANGED,
        found={} if context["wrong"] else _beside_fields(visit, kind),
        **BOUNDS,
        **context,
    )


async def filed(visit: Visit) -> Response:
    """File the records of a table; refused, each of them is named by its row, and none is filed."""
    kind = visit.path("kind")
    if kind not in FILED:
        return visit.page("stopped.html", status=404, why="nowhere")
    try:
        sheet = await brought(visit)
        columns = columns_of(sheet, kind, names_of(_HEADS, _columns(kind)))
        records, rows = records_of(sheet, kind, columns, await ports_as_written(visit))
    except Unreadable as why:
        return await _page(visit, kind, status=422, why=why)
    try:
        made = await visit.act(f"/registry/v1/{kind}", {"rows": records})
    except Problem as problem:
        wrong = [
            (*place_of(str(error.get("pointer", "")), rows), str(error.get("detail", "")))
            for error in problem.errors
        ]
        if not any(row is not None for row, _, _ in wrong):
            raise
        visit.problem = problem
        # A refusal is the answer under its key: the file, mended, is another act.
        visit.form = {name: text for name, text in visit.form.items() if name != "key"}
        left = max(0, len(wrong) - SHOWN_MAX)
        return await _page(visit, kind, wrong=wrong[:SHOWN_MAX], more=left)
    return await _page(visit, kind, made=made)


async def record_filed(visit: Visit) -> Response:
    """File the one record of a form, or propose it in the place of what is on file."""
    kind = visit.path("kind")
    if kind not in FILED:
        return visit.page("stopped.html", status=404, why="nowhere")
    cells = [visit.form.get(column.name, "") for column in FILED[kind]]
    places = {column.name: at for at, column in enumerate(FILED[kind])}
    try:
        sheet = Sheet("csv", visit.language, list(places), [cells])
        (record,), _ = records_of(sheet, kind, places, await ports_as_written(visit))
    except Unreadable as why:
        return await _page(visit, kind, status=422, why=why)
    if kind in CHANGED and visit.form.get("how") == "change":
        await visit.act("/registry/v1/changes", {CHANGED[kind]: record})
        return await _page(visit, kind, made={"proposed": 1})
    return await _page(
        visit, kind, made=await visit.act(f"/registry/v1/{kind}", {"rows": [record]})
    )


def _beside_fields(visit: Visit, kind: str) -> dict[str, list[str]]:
    """What was refused of the form's one record, by its fields."""
    names = {column.name for column in FILED[kind]}
    found: dict[str, list[str]] = {}
    for error in visit.problem.errors if visit.problem is not None else ():
        parts = str(error.get("pointer", "")).split("/")
        field = next((part for part in parts if part in names), "")
        found.setdefault(field, []).append(str(error.get("detail", "")))
    return found or visit.mistakes(())


def _columns(kind: str) -> tuple[str, ...]:
    return tuple(column.name for column in FILED[kind])


async def model(visit: Visit) -> Response:
    """An empty file of a register with the heads in the reader's language."""
    kind = _kind(visit)
    return download(model_of(visit, _HEADS, _columns(kind), []), kind)


_offered: Final = only(upload, "registry:resident:write")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}filings", reading(_offered)),
    Route(f"{HOME}filings/{{kind}}", reading(_offered)),
    Route(
        f"{HOME}filings/{{kind}}",
        acting(filed, page=_offered, room=ROOM, file=True, most=file_most, rows=ROWS_MAX),
        methods=["POST"],
    ),
    Route(f"{HOME}filings/{{kind}}/record", acting(record_filed, page=_offered), methods=["POST"]),
    Route(f"{HOME}filings/{{kind}}/model/{{suffix}}", reading(model)),
]
