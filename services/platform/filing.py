"""Filing with a register: rows sent together, all of them kept, or none and every reason why.

A register's service brings its rows' models, its statements and its event; the number of
statements does not depend on the number of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar

from fastapi import Response
from pydantic import BaseModel, Field, ModelWrapValidatorHandler, model_validator
from sqlalchemy import TextClause, text

from services.kernel import at_once
from services.kernel.events import Digests, Event, canonical_json
from services.kernel.fields import Request, few_mistakes
from services.kernel.identifiers import new_id
from services.kernel.messages import Answer
from services.kernel.refusal import Reason, Refusal, Value
from services.kernel.refusals import DUPLICATE_ROW, NOT_FILED_YET, PERIOD_EMPTY
from services.platform.act import Act
from services.platform.http import Call
from services.platform.services import Services
from services.platform.vouching import Vouched, vouched_for

R = TypeVar("R", bound=Request)
C = TypeVar("C", bound=Request, contravariant=True)


class Filing(Request, Generic[R]):
    """Records filed together: all of them, or none and every reason why."""

    rows: Annotated[list[R], Field(min_length=1, max_length=at_once.ROWS)]

    @model_validator(mode="wrap")
    @classmethod
    def _mistakes(cls, body: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        return few_mistakes(body, read)


class Filed(BaseModel):
    """The receipt of a filing."""

    filing_id: str
    kind: str
    filed: int


class Filer(Protocol[C]):
    """A command that files records: all of them, or none and every reason why."""

    def __call__(self, act: Act, rows: Sequence[C], /) -> Awaitable[dict[str, Any]]: ...


async def filed(call: Call[Services], command: Filer[R], rows: Sequence[R]) -> Response:
    """Carry out a filing exactly once and answer with its receipt."""

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await command(act, rows))

    return await call.act(work)


class Says(Protocol):
    """The event by which a service says that rows of a kind were filed with it, and of the records
    that were written the digests (``vouching.py``)."""

    def __call__(self, *, kind: str, count: int, digests: Digests) -> Event: ...


async def rows_file(
    act: Act,
    statement: TextClause,
    rows: Sequence[Mapping[str, Any]],
    *,
    kind: str,
    says: Says,
    vouched: Iterable[Vouched],
    filing_id: str | None = None,
    **also: Any,
) -> dict[str, Any]:
    """Write all rows by one statement over a JSON array, and the event that says so; its receipt.

    The number of statements does not depend on the number of rows.
    """
    await act.execute(statement, rows=canonical_json(list(rows)), **also)
    return await receipt(
        act, kind=kind, count=len(rows), says=says, vouched=vouched, filing_id=filing_id
    )


async def receipt(
    act: Act,
    *,
    kind: str,
    count: int,
    says: Says,
    vouched: Iterable[Vouched],
    filing_id: str | None = None,
) -> dict[str, Any]:
    """Say that rows of a kind were filed; the receipt of whoever filed them.

    ``vouched`` are all records that the filing has written. What was proposed before goes on under
    the id that its proposal has.
    """
    filing_id = filing_id or new_id("imp")
    digests = await vouched_for(act, filing_id, vouched)
    act.record(filing_id, says(kind=kind, count=count, digests=digests), step="file")
    return {"filing_id": filing_id, "kind": kind, "filed": count}


def plain(records: Iterable[Request]) -> list[dict[str, Any]]:
    """The records as JSON values."""
    return [record.model_dump(mode="json") for record in records]


def duplicates(keys: Sequence[object]) -> list[Refusal]:
    """DUPLICATE_ROW for every row whose key an earlier row of the same filing has."""
    often = {key for key, count in Counter(keys).items() if count > 1}
    seen: set[object] = set()
    found = []
    for index, key in enumerate(keys):
        if key in often and key in seen:
            found.append(DUPLICATE_ROW.at(f"/rows/{index}"))
        seen.add(key)
    return found


def period_is_valid(begins: date | datetime, ends: date | datetime | None) -> bool:
    """Whether a period with an exclusive end covers at least one day."""
    return ends is None or ends > begins


def invalid_periods(
    periods: Iterable[tuple[date | datetime, date | datetime | None]], field: str
) -> list[Refusal]:
    """PERIOD_INVALID for every period that ends on or before the day it begins."""
    return [
        PERIOD_EMPTY.at(f"/rows/{index}/{field}")
        for index, (begins, ends) in enumerate(periods)
        if not period_is_valid(begins, ends)
    ]


def failing(
    values: Sequence[str],
    holds: Callable[[str], bool],
    reason: Reason,
    *,
    field: str,
    **places: Value,
) -> list[Refusal]:
    """One refusal for every row whose value breaks a rule. Never repeats the value."""
    return [
        reason.at(f"/rows/{index}/{field}", **places)
        for index, value in enumerate(values)
        if not holds(value)
    ]


async def unknown(
    act: Act, statement: TextClause, values: Sequence[str], *, kind: str, field: str
) -> list[Refusal]:
    """NOT_FILED_YET for every row that refers to something nobody has filed.

    The statement finds which of ``:values`` are on file.
    """
    found = await act.execute(statement, values=sorted(set(values)))
    known = set(found.scalars())
    return failing(values, known.__contains__, NOT_FILED_YET, field=field, kind=kind)


_PORTS = text("SELECT port FROM v_ports WHERE port = ANY(:values)")


async def unknown_ports(act: Act, ports: Sequence[str]) -> list[Refusal]:
    """NOT_FILED_YET for every row at a port that nobody has filed."""
    return await unknown(act, _PORTS, ports, kind="ports", field="port")
