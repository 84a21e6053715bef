"""How a table's rows are compared with the events that vouch for their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

Said = Mapping[str, Any]
"""An event's body."""


def _same(value: Any) -> Any:
    return value


def _done(value: Any) -> bool:
    return value not in (None, False)


@dataclass(frozen=True, slots=True)
class Column:
    """A deciding column, and how its event says the same."""

    name: str
    field: str
    as_said: Callable[[Any, Said], Any]
    """The field's value as the column holds it, in the column's own text form."""
    as_kept: Callable[[Any], Any] = _same
    """What of the column's value is compared."""
    stays: bool = False
    """Whether every event that says it says the same, so that no later one vouches for another."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table's rows of one kind of case, read by a published view, each by its case.

    ``among``: where a case has several rows, the column that an event names too. ``says``: of each
    type of event the columns that it vouches for, until a later one says another thing of them;
    the first one is of the row itself.
    """

    table: str
    view: str
    key: str
    kind: str
    says: Mapping[str, tuple[Column, ...]]
    among: str | None = None
    cased: bool = False
    """Whether what it puts in force is believed of a row alone, so that one without a case is
    named."""


UNSAID: Final = object()
"""Of a column that an event leaves to the next one: until then nothing is vouched for."""


def plain(name: str, said: str | None = None) -> Column:
    """A column that is said as it is: text, a number, a list, yes or no."""
    return Column(name, said or name, lambda value, _: as_text(value))


def fixed(name: str) -> Column:
    """A column that is said as it is, and by each of its events the same."""
    return replace(plain(name), stays=True)


def amount(name: str, said: str | None = None) -> Column:
    """A decimal sum, said with its currency."""
    return Column(name, said or name, lambda value, _: as_text(Decimal(value["amount"])))


def decimal(name: str, said: str | None = None) -> Column:
    """A weight or a rate, said as a decimal text."""
    return Column(
        name, said or name, lambda value, _: None if value is None else as_text(Decimal(value))
    )


def weights(name: str, said: str | None = None) -> Column:
    """Weights by their codes, said as decimal texts."""
    return Column(
        name,
        said or name,
        lambda value, _: as_text({code: Decimal(kg) for code, kg in value.items()}),
    )


def instant(name: str) -> Column:
    """A moment, however its offset and fractions are written."""
    return Column(name, name, lambda value, _: _moment(value), _moment)


def _moment(value: str | None) -> str | None:
    return value and datetime.fromisoformat(value).astimezone(UTC).isoformat()


def own_id(name: str, said: str | None = None) -> Column:
    """An identifier, said with its prefix."""
    return Column(
        name, said or name, lambda value, _: None if value is None else str(UUID(hex=value[4:]))
    )


def becomes(name: str, value: Any, *, by: str) -> Column:
    """A column that has this value once the event is there; ``by`` is a field that it always has.

    Of a column that keeps when something was done: whether it was done.
    """
    kept = _done if isinstance(value, bool) else _same
    return Column(name, by, lambda *_: value, kept)


def was(name: str, said: str | None = None, key: Callable[[str], str] = str) -> Column:
    """What a lot said before it was amended: what the event names as former, or else as it is."""
    field = said or name

    def as_said(value: Any, body: Said) -> Any:
        former = body["former"].get(field, value)
        return None if former is None else key(former)

    return Column(name, field, as_said)


def as_text(value: Any) -> Any:
    """Values of a row and of a body in one form: decimals without trailing zeros."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():f}"
    if isinstance(value, list | tuple):
        return [as_text(one) for one in value]
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    return str(value)
