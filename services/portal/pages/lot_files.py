"""Lots from a file: looked through first, given back with every reason, declared by one press."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.platform.words import title_of
from services.portal import lot_rows
from services.portal.addresses import HOME
from services.portal.interface import Away, Problem
from services.portal.lot_rows import COLUMNS, GIVEN_BACK, LotOfRows, Mistake
from services.portal.offered import only
from services.portal.rendering import macros
from services.portal.sheets import ROWS_MAX, Sheet, Unreadable, again, kept, known
from services.portal.table_desk import (
    BOUNDS,
    ROOM,
    SHOWN_MAX,
    brought,
    download,
    file_most,
    heads,
    model_of,
    names_of,
    ports_as_written,
    said,
)
from services.portal.visit import Visit, acting, reading

_CHECKS: Final = "/declaration/v1/lots/checks"
_HEADS: Final = "_rows.html"
_BUSY: Final = (429, 503)
"""Answers by which nothing was decided: the same request may be sent again."""
_AT_ONCE: Final = 4
_DECLARED: Final = "DUPLICATE_REFERENCE"


async def upload(visit: Visit) -> Response:
    """The page on which a file is chosen, with the model to fill in."""
    return _upload(visit)


def _upload(visit: Visit, why: Unreadable | None = None) -> Response:
    return visit.page(
        "lot_file.html",
        status=None if why is None else 422,
        why=why,
        columns=COLUMNS,
        lots_most=lot_rows.LOTS_MAX,
        **BOUNDS,
    )


async def looked_through(visit: Visit) -> Response:
    """What would come of the file: nothing of it is declared yet."""
    try:
        sheet = await brought(visit)
        lots = await _lots(visit, sheet)
    except Unreadable as why:
        return _upload(visit, why)
    await _check(visit, lots)
    return _shown(visit, sheet, lots)


async def given_back(visit: Visit) -> Response:
    """The same file with two columns more: what is wrong in each row, and what to do."""
    try:
        sheet = _again(visit)
        lots = await _lots(visit, sheet)
    except Unreadable as why:
        return _upload(visit, why)
    await _check(visit, lots)
    return download(_with_reasons(sheet, lots, visit.language), "lots-checked")


async def declared(visit: Visit) -> Response:
    """Declare the lots that were found right, each under a key of its own.

    A key is of this form and of what is sent: pressed twice, or after an answer was lost, the same
    lots are the same requests. What is refused is shown row by row, and can be sent again.
    """
    try:
        sheet = _again(visit)
        lots = await _lots(visit, sheet)
    except Unreadable as why:
        return _upload(visit, why)
    chosen = set(visit.repeated.get("lot", []))
    asked = [lot for lot in lots if lot.reference in chosen and not lot.mistakes]
    done = await _send(visit, asked)
    answers = [answer for answer in done.values() if answer is not None]
    if len(answers) == len(lots):
        return visit.turn(f"{HOME}lots", said="all_sent")
    left = [lot for lot in lots if done.get(lot.reference) is None]
    unknown = [lot for lot in asked if lot.reference not in done]
    if not unknown:
        await _check(visit, [lot for lot in left if lot not in asked])
    return _left(visit, sheet, left, answers, unknown)


async def _send(visit: Visit, lots: Sequence[LotOfRows]) -> dict[str, dict[str, Any] | None]:
    """By reference what is answered to a lot, None where it is refused, until somebody does not
    answer: of what is missing then, nobody knows what became. Raises Problem when nobody is signed
    in any more."""
    done: dict[str, dict[str, Any] | None] = {}
    for together in _side_by_side(lots):
        answers = await asyncio.gather(*(_answer(visit, lot) for lot in together))
        for lot, answer in zip(together, answers, strict=True):
            match answer:
                case Problem() as problem:
                    lot.mistakes += _mistakes(lot, problem.errors)
                    done[lot.reference] = None
                case dict() as body:
                    done[lot.reference] = body
        if any(lot.reference not in done for lot in together):
            break
    return done


async def _answer(visit: Visit, lot: LotOfRows) -> dict[str, Any] | Problem | None:
    """The lot as declared, why it is refused, or None where nothing is known of it."""
    try:
        return await visit.calls.post("/declaration/v1/lots", lot.body, key=_key(visit, lot))
    except Problem as problem:
        if problem.status == 401:
            raise
        return None if problem.status in _BUSY else problem
    except Away:
        return None


def _side_by_side(lots: Sequence[LotOfRows]) -> Iterator[list[LotOfRows]]:
    """Lots in the order of the file, a few at a time that share no resident: of two that do, the
    first one has the quota."""
    together: list[LotOfRows] = []
    people: set[str] = set()
    for lot in lots:
        own = {ticket["resident_no"] for ticket in lot.body["tickets"]}
        if together and (len(together) == _AT_ONCE or own & people):
            yield together
            together, people = [], set()
        together.append(lot)
        people |= own
    if together:
        yield together


async def model(visit: Visit) -> Response:
    """An empty file with the heads in the reader's language, and two rows that show how."""
    macro = macros(_HEADS, visit.language)
    rows = [[said(macro.example(name, line)) for name in COLUMNS] for line in (0, 1)]
    return download(model_of(visit, _HEADS, COLUMNS, rows), "lots")


def _again(visit: Visit) -> Sheet:
    """The table that this form has kept, in the language of its page. Raises Unreadable."""
    return again(visit.form.get("kind", ""), visit.language, visit.form.get("rows", ""))


def _names() -> dict[str, str]:
    return names_of(_HEADS, (*COLUMNS, *GIVEN_BACK))


async def _lots(visit: Visit, sheet: Sheet) -> list[LotOfRows]:
    """The lots of a table. Raises Unreadable, Problem, Away."""
    columns = lot_rows.columns_of(sheet, _names())
    return lot_rows.lots_of(sheet, columns, await ports_as_written(visit), visit.party_code)


async def _check(visit: Visit, lots: Sequence[LotOfRows]) -> None:
    """Have the interface say what it would refuse. Raises Problem, Away.

    Lots of whose rows the table itself is wrong come last, and those that cannot be read are asked
    for no more: they are not declared, and take nothing from the others.
    """
    asked = sorted(lots, key=lambda lot: bool(lot.mistakes))
    while asked:
        body = {"lots": [lot.body for lot in asked]}
        try:
            answer = await visit.calls.post(_CHECKS, body, key=str(uuid4()))
        except Problem as problem:
            unread = _by_lot(problem.errors)
            if problem.status != 422 or not unread.keys() & set(range(len(asked))):
                raise
            for place, errors in unread.items():
                asked[place].mistakes += _mistakes(asked[place], errors)
            asked = [lot for place, lot in enumerate(asked) if place not in unread]
            continue
        for place, errors in _by_lot(answer["refusals"]).items():
            asked[place].mistakes += _mistakes(asked[place], errors)
        return


def _by_lot(errors: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """Refusals by the place of their lot, each pointing into that lot."""
    found: dict[int, list[dict[str, Any]]] = {}
    for error in errors:
        place, _, inside = str(error["pointer"]).removeprefix("/lots/").partition("/")
        if place.isdigit():
            found.setdefault(int(place), []).append({**error, "pointer": f"/{inside}"})
    return found


def _mistakes(lot: LotOfRows, errors: Sequence[Mapping[str, Any]]) -> list[Mistake]:
    found = []
    for error in errors:
        if error["code"] == _DECLARED:
            lot.declared_as = str(error.get("facts", {}).get("lot_id", ""))
        row, column = lot.place_of(str(error.get("pointer", "")))
        found.append(Mistake(row, column, str(error["code"]), str(error["detail"])))
    return found


def _shown(
    visit: Visit,
    sheet: Sheet,
    lots: Sequence[LotOfRows],
    done: Sequence[Mapping[str, Any]] = (),
    unknown: Sequence[LotOfRows] = (),
) -> Response:
    """A table that was looked through: what can be declared, what is to be mended.

    Where it is ``unknown`` what became of lots, they alone are sent again, under the same key,
    whereupon the first answer comes; else under a new one, so that what was refused is judged anew.
    """
    mended = [lot for lot in lots if lot.mistakes and not lot.declared_as]
    wrong = sorted(
        ((lot, mistake) for lot in mended for mistake in lot.mistakes), key=lambda one: one[1].row
    )
    good = unknown or [lot for lot in lots if not lot.mistakes]
    return visit.page(
        "lot_file_checked.html",
        sheet=sheet,
        rows=kept(sheet),
        lots=lots,
        mended=len(mended),
        before=[lot for lot in lots if lot.declared_as],
        good=[lot.reference for lot in good],
        wrong=wrong[:SHOWN_MAX],
        more=max(0, len(wrong) - SHOWN_MAX),
        done=done,
        unknown=bool(unknown),
        key=visit.form.get("key") if unknown else str(uuid4()),
        title=lambda code: title_of(code, visit.language),
    )


def _left(
    visit: Visit,
    sheet: Sheet,
    lots: Sequence[LotOfRows],
    done: Sequence[Mapping[str, Any]],
    unknown: Sequence[LotOfRows],
) -> Response:
    """What is not declared yet, as a table of its own."""
    rows = [row for lot in lots for row in lot.rows]
    at = {row: place for place, row in enumerate(rows)}
    for lot in lots:
        lot.rows = [at[row] for row in lot.rows]
        lot.mistakes = [replace(mistake, row=at[mistake.row]) for mistake in lot.mistakes]
    left = Sheet(sheet.kind, sheet.language, sheet.head, [sheet.rows[row] for row in rows])
    return _shown(visit, left, lots, done, unknown)


def _key(visit: Visit, lot: LotOfRows) -> str:
    body = json.dumps(lot.body, sort_keys=True)
    return str(uuid5(NAMESPACE_URL, f"{visit.form.get('key', '')}\n{body}"))


def _with_reasons(sheet: Sheet, lots: Sequence[LotOfRows], language: str) -> Sheet:
    """The table with its two columns more, where it has them already in their place."""
    macro = macros(_HEADS, language)
    names = _names()
    places = [n for n, head in enumerate(sheet.head) if names.get(known(head)) not in GIVEN_BACK]
    verdicts: dict[int, tuple[str, str]] = {}
    for lot in lots:
        for row in lot.rows:
            verdicts[row] = (said(macro.waits() if lot.mistakes else macro.right()), "")
        by_row: dict[int, list[Mistake]] = {}
        if lot.declared_as:
            remedy = next(m for m in lot.mistakes if m.code == _DECLARED)
            verdicts |= dict.fromkeys(
                lot.rows, (said(macro.declared()), said(macro.remedy(remedy)))
            )
            continue
        for mistake in lot.mistakes:
            by_row.setdefault(mistake.row, []).append(mistake)
        for row, mistakes in by_row.items():
            reasons = [said(macro.reason(m, title_of(m.code, language))) for m in mistakes]
            remedies = [said(macro.remedy(m)) for m in mistakes]
            verdicts[row] = ("; ".join(reasons), " ".join(remedies))
    head = [*(sheet.head[n] for n in places), *heads(_HEADS, language, GIVEN_BACK)]
    rows = [
        [*((row[n] if n < len(row) else "") for n in places), *verdicts.get(at, ("", ""))]
        for at, row in enumerate(sheet.rows)
    ]
    return Sheet(sheet.kind, sheet.language, head, rows)


_offered: Final = only(upload, "declaration:lot:submit", of="group")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}lots/file", reading(_offered)),
    Route(
        f"{HOME}lots/file",
        acting(looked_through, page=_offered, room=ROOM, file=True, most=file_most, rows=ROWS_MAX),
        methods=["POST"],
    ),
    Route(f"{HOME}lots/file/result", acting(given_back, room=ROOM), methods=["POST"]),
    Route(f"{HOME}lots/file/declaration", acting(declared, room=ROOM), methods=["POST"]),
    Route(f"{HOME}lots/file/model/{{suffix}}", reading(model)),
]
