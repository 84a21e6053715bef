"""How a table's rows are compared with the events that vouch for their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from services.kernel.identifiers import show
from services.kernel.salted import as_text, salted_digest
from services.platform.event_log import actor_as_kept

Said = Mapping[str, Any]
"""An event's body."""


UNSAID: Final = object()
"""Of a column that an event leaves to the next one: until then nothing is vouched for."""
WHEN: Final = "(the event's own time)"
WHO: Final = "(the event's own actor)"
"""Fields that every event has beside its body: when it was recorded and by whom, which the chain
hashes, too."""


def _same(value: Any) -> Any:
    return value


def done(value: Any) -> bool:
    """Of a column that says when, or who, whether it was done at all."""
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
    below: str | None = None
    """The table's own column, where the view shows it in another form under another name."""
    stays: bool = False
    """Whether every event that says it says the same, so that no later one vouches for another."""
    of: tuple[str, ...] = ()
    """The columns of a salted digest, where the event keeps one of several."""
    after: Callable[[Any, Any, Said], Any] | None = None
    """What the column has after its event, of what it had, of what the event says, and of its body;
    without it, what the event says."""

    def said(self, body: Said, before: Any = UNSAID) -> Any:
        """What an event says of it; where that can be no value of the column, as it stands there.

        The log is compared whatever somebody wrote into it: such a word differs from every row.
        """
        try:
            now = self.as_said(body[self.field], body)
            return now if self.after is None else self.after(before, now, body)
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
            return as_text(body[self.field])

    def kept(self, row: Said, case: str) -> Any:
        """What the row says of it."""
        if self.of:
            return salted_digest(case, *(row[name] for name in self.of))
        return as_text(self.as_kept(row[self.name]))


@dataclass(frozen=True, slots=True)
class Kept:
    """A table's rows of one kind of case, read by a published view, each by its case.

    ``among``: where a case has several rows, the column, or columns, that an event names too, by an
    identifier of the kind ``named`` where it is one. ``says``: of each type of event the columns
    that it vouches for, until a later one says another thing of them; the first one, and those that
    ``opens`` names, are of the row itself, and after one that is ``gone`` there is none.
    """

    table: str
    view: str
    key: str
    kind: str
    says: Mapping[str, tuple[Column, ...]]
    among: str | tuple[str, ...] | None = None
    named: str | None = None
    gone: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    by: str | None = None
    """The column by which the rows are found that events name, where none is found by its case."""
    spoken: bool = True
    """Whether every row has an event, so that one of which the log says nothing was made by hand;
    of a table that several compare, one of them says it."""
    beside: str | None = None
    """Of which rows another's act is the event, that is compared elsewhere: a condition on the
    view."""

    def is_row(self, row: Mapping[str, Any]) -> bool:
        """Whether there is one: a view may have a line of a case that has none."""
        return all(row[name] is not None for name in self._among)

    def which(self, row: Mapping[str, Any]) -> Any:
        """By what a row is told from the others of its case, as events name it."""
        if self.among is None:
            return None
        if self.named:
            return show(self.named, UUID(row[str(self.among)]))
        return tuple(_plainly(row[name]) for name in self._among)

    def which_said(self, body: Said) -> Any:
        """Which row an event is of; UNSAID where a version before did not say."""
        if self.named:
            return body.get(self._among[0]) or UNSAID
        if any(body.get(name) is None for name in self._among):
            return UNSAID
        return tuple(_plainly(body[name]) for name in self._among) or None

    def opening(self, type_: str) -> bool:
        """Whether an event of this type is of the row itself."""
        return type_ in (self.opens or (next(iter(self.says)),))

    @property
    def _among(self) -> tuple[str, ...]:
        among = self.among or ()
        return (among,) if isinstance(among, str) else among


def _plainly(value: Any) -> str:
    """A number or an identifier, whether it is written with hyphens or without."""
    return str(as_text(value)).replace("-", "")


def plain(name: str, said: str | None = None, *, below: str | None = None) -> Column:
    """A column that is said as it is: text, a number, a list, yes or no."""
    return Column(name, said or name, lambda value, _: as_text(value), below=below)


def fixed(name: str) -> Column:
    """A column that is said as it is, and by each of its events the same."""
    return replace(plain(name), stays=True)


def sealed(said: str, *of: str) -> Column:
    """Columns of which an event keeps a salted digest."""
    return Column("/".join(of), said, lambda value, _: value, of=of)


def amount(name: str, said: str | None = None) -> Column:
    """A decimal sum, said with its currency."""
    field, below = said or name, f"{name}_minor"
    return Column(name, field, lambda value, _: as_text(Decimal(value["amount"])), below=below)


def currency(name: str, said: str) -> Column:
    """The currency of a sum, said with it."""
    return Column(name, said, lambda value, _: value["currency"])


def decimal(name: str, said: str | None = None) -> Column:
    """A weight or a rate, said as a decimal text."""
    return Column(
        name, said or name, lambda value, _: None if value is None else as_text(Decimal(value))
    )


def keyed(name: str, said: str, key: Callable[[str], str]) -> Column:
    """What something is found by, made anew of what is said of it."""
    return Column(name, said, lambda value, _: None if value is None else key(value))


def figure(name: str, places: int = 10) -> Column:
    """A figure that is said as it was computed, and kept to ten places, or to so many."""
    return Column(
        name, name, lambda value, _: None if value is None else as_text(_rounded(value, places))
    )


def figures(name: str, said: str, of: str, places: int = 10) -> Column:
    """What each of several, said one after the other, has under one name; nothing of none."""
    return Column(
        name,
        said,
        lambda many, _: [as_text(_rounded(one[of], places)) for one in many] or None,
    )


def _rounded(value: str, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def weights(name: str, said: str | None = None) -> Column:
    """Weights by their codes, said as decimal texts."""
    return Column(
        name,
        said or name,
        lambda value, _: as_text({code: Decimal(kg) for code, kg in value.items()}),
    )


def weight_of(name: str, said: str, *, of: str) -> Column:
    """Weights by their codes, said as one weight beside the one code that it is of."""
    return Column(name, said, lambda value, body: as_text({body[of]: Decimal(value)}))


def instant(name: str, said: str | None = None, *, by: str | None = None) -> Column:
    """A moment, however its offset and fractions are written.

    ``by`` is a field that the event always has, where a version before did not say the moment: of
    that one nothing is vouched for, not even by an event before.
    """
    field = said or name

    def as_said(_: Any, body: Said) -> Any:
        return _moment(body[field]) if field in body else UNSAID

    return Column(name, by or field, as_said, _moment)


def when(name: str, after: Callable[[Any, Any, Said], Any] | None = None) -> Column:
    """A moment that is its event's own."""
    return Column(name, WHEN, lambda value, _: _moment(value), _moment, after=after)


def who(name: str) -> Column:
    """A party that is its event's own actor."""
    return Column(name, WHO, lambda actor, _: actor_as_kept(actor).party)


def at_first(before: Any, now: Any, _: Said) -> Any:
    """Of what is kept from the first such event on: what it had, if it had anything."""
    return now if before in (None, UNSAID) else before


def shown(name: str) -> Column:
    """A moment that is said as it is shown, to the millisecond."""
    return Column(name, name, lambda value, _: _millisecond(value), _millisecond)


def _millisecond(value: str | None) -> str | None:
    moment = _moment(value)
    return moment and datetime.fromisoformat(moment).isoformat(timespec="milliseconds")


def _moment(value: str | None) -> str | None:
    return value and datetime.fromisoformat(value).astimezone(UTC).isoformat()


def own_id(name: str, said: str | None = None) -> Column:
    """An identifier, said with its prefix."""
    return Column(
        name, said or name, lambda value, _: None if value is None else str(UUID(hex=value[4:]))
    )


def becomes(name: str, value: Any, *, by: str, below: str | None = None) -> Column:
    """A column that has this value once the event is there; ``by`` is a field that it always has.

    Of a column that keeps when something was done: whether it was done.
    """
    kept = done if isinstance(value, bool) else _same
    return Column(name, by, lambda *_: value, kept, below=below)


def was(name: str, said: str | None = None, key: Callable[[str], str] = str) -> Column:
    """What a lot said before it was amended: what the event names as former, or else as it is."""
    field = said or name

    def as_said(value: Any, body: Said) -> Any:
        former = body["former"].get(field, value)
        return None if former is None else key(former)

    return Column(name, field, as_said)
