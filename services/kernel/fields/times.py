"""Days, instants, yes or no, counts and open values; in a query all of them are text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    GetCoreSchemaHandler,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from services.kernel.clock import rfc3339
from services.kernel.mistakes import (
    DAY_FORM,
    INSTANT_FORM,
    NOT_YES_OR_NO,
    OUT_OF_TIME,
    TOO_DEEP,
    WHOLE_PLAIN,
)
from services.kernel.refusal import Mistake

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Between these the trade has days; every zone and every period added to them stays a date."""
DEPTH_MAX: Final = 8
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"0|[1-9][0-9]*")
_YES_NO: Final = {"true": True, "false": False}
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _day_text(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Mistake(DAY_FORM.at())
    return value


def _instant_text(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise Mistake(INSTANT_FORM.at())
    return value


def _whole_text(value: object) -> object:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise Mistake(WHOLE_PLAIN.at())
    return value


def _yes_no_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in _YES_NO:
        raise Mistake(NOT_YES_OR_NO.at())
    return _YES_NO[value]


def _in_calendar(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Mistake(OUT_OF_TIME.at(first=str(FIRST_DAY.year), last=str(LAST_DAY.year)))
    return day


def _in_time(instant: datetime) -> datetime:
    begins = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
    ends = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
    if not begins <= instant < ends:
        raise Mistake(OUT_OF_TIME.at(first=str(FIRST_DAY.year), last=str(LAST_DAY.year)))
    return instant


@dataclass(frozen=True)
class WholeAsked:
    """A whole number in a query, between bounds: ``20``, and not ``+20``, ``2_0``, ``020``,
    ``20.0`` or `` 20``. Stands beside ``int``; the description says integer, and the bounds."""

    least: int = 0
    most: int | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        number = core_schema.int_schema(ge=self.least, le=self.most)
        return core_schema.no_info_before_validator_function(_whole_text, number)


def _shallow(value: Any) -> Any:
    """Also how deep the value goes is bounded: whoever walks through it does so by recursion."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise Mistake(TOO_DEEP.at(most=DEPTH_MAX))
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return value


Day = Annotated[date, BeforeValidator(_day_text), AfterValidator(_in_calendar)]
"""A calendar day, ``YYYY-MM-DD``, in this and the two neighbouring centuries."""
Instant = Annotated[AwareDatetime, BeforeValidator(_instant_text), AfterValidator(_in_time)]
"""A moment with its offset (RFC 3339)."""
Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant in an answer: RFC 3339 with Beijing's offset, whatever zone it was kept in."""
MomentKept = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant to the letter as the log keeps it: what is hashed is shown and not written anew."""
YesNo = Annotated[bool, Strict()]
"""``true`` or ``false``, and nothing that could be taken for either."""
Whole = Annotated[int, Strict()]
"""A JSON number without a fraction; ``true`` is none."""
YesNoAsked = Annotated[bool, BeforeValidator(_yes_no_text)]
"""``true`` or ``false`` in a query, and not ``yes``, ``on``, ``1`` or ``True``."""
Open = Annotated[Any, AfterValidator(_shallow)]
"""Any JSON value that is not nested for its own sake."""
