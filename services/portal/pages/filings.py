"""First filings from a file: a registrar brings a register's records, all of them or none."""

from __future__ import annotations

from functools import cache
from html import unescape
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.filing_rows import FILED, columns_of, place_of, records_of
from services.portal.interface import Problem
from services.portal.lot_rows import known
from services.portal.rendering import LANGUAGES, macros
from services.portal.sheets import FILE_MAX, ROWS_MAX, Sheet, Unreadable, read, written
from services.portal.visit import HOME, Visit, acting, reading, shown_size

_HEADS: Final = "_filing_rows.html"
_ROOM: Final = FILE_MAX + 64 * 1024
_SHOWN_MAX: Final = 200


async def upload(visit: Visit) -> Response:
    """The page on which a register is chosen and its file, with the model to fill in."""
    return _page(visit, _kind(visit))


def _kind(visit: Visit) -> str:
    kind = visit.request.path_params.get("kind") or visit.query("kind") or ""
    return kind if kind in FILED else next(iter(FILED))


def _page(visit: Visit, kind: str, *, status: int | None = None, **more: Any) -> Response:
    context = {"why": None, "wrong": [], "more": 0, "made": None, **more}
    return visit.page(
        "filing.html",
        status=status,
        kind=kind,
        kinds=tuple(FILED),
        columns=FILED[kind],
        rows_most=ROWS_MAX,
        size_most=shown_size(FILE_MAX),
        found=visit.mistakes(()) if not context["wrong"] else {},
        **context,
    )


async def filed(visit: Visit) -> Response:
    """File the records of a table; refused, each of them is named by its row, and none is filed."""
    kind = visit.path("kind")
    if kind not in FILED:
        return visit.page("stopped.html", status=404, why="nowhere")
    try:
        if not visit.file:
            raise Unreadable("no_file")
        sheet = await read(visit.file)
        columns = columns_of(sheet, kind, _names(kind))
        records, rows = records_of(sheet, kind, columns, await _ports(visit))
    except Unreadable as why:
        return _page(visit, kind, status=422, why=why)
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
        left = max(0, len(wrong) - _SHOWN_MAX)
        return _page(visit, kind, wrong=wrong[:_SHOWN_MAX], more=left)
    return _page(visit, kind, made=made)


async def _most(_: Visit) -> int:
    return FILE_MAX


async def _ports(visit: Visit) -> dict[str, str]:
    """Every name of a port, by which it may be written."""
    ports = await visit.calls.get("/registry/v1/ports", limit=200)
    return {
        known(port[name]): str(port["port"])
        for port in ports["items"]
        for name in ("port", "name_zh", "name_en")
    }


@cache
def _names(kind: str) -> dict[str, str]:
    """The heads by which a register's columns are known, in every language."""
    found = {known(column.name): column.name for column in FILED[kind]}
    for language in LANGUAGES:
        macro = macros(_HEADS, language)
        for column in FILED[kind]:
            found[known(_said(macro.head(column.name)))] = column.name
    return found


def _said(markup: object) -> str:
    """What a macro says, for a file."""
    return unescape(str(markup)).strip()


async def model(visit: Visit) -> Response:
    """An empty file of a register with the heads in the reader's language."""
    kind, suffix = _kind(visit), visit.path("suffix")
    macro = macros(_HEADS, visit.language)
    heads = [_said(macro.head(column.name)) for column in FILED[kind]]
    sheet = Sheet("xlsx" if suffix == "xlsx" else "csv", heads, [])
    return Response(
        written(sheet),
        media_type=sheet.media_type,
        headers={"Content-Disposition": f'attachment; filename="{kind}.{sheet.suffix}"'},
    )


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}filings", reading(upload)),
    Route(f"{HOME}filings/{{kind}}", reading(upload)),
    Route(
        f"{HOME}filings/{{kind}}",
        acting(filed, page=upload, room=_ROOM, file=True, most=_most),
        methods=["POST"],
    ),
    Route(f"{HOME}filings/{{kind}}/model/{{suffix}}", reading(model)),
]
