"""Legal parameters as dated rows: value, authority, in force from (inclusive) to (exclusive)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.kernel.refusal import Refused
from services.kernel.refusals import POLICY_MISSING


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One parameter under one authority. ``scope`` narrows it to a port or commodity, '' = all."""

    key: str
    scope: str
    value: Any
    authority: str
    effective_from: date
    effective_to: date | None


class PolicyBook:
    """Every approved parameter. A missing one refuses the case (POLICY_MISSING), never defaults."""

    def __init__(self, rows: Iterable[PolicyRow], version: int = 0) -> None:
        self.version = version
        self._rows: dict[tuple[str, str], list[PolicyRow]] = defaultdict(list)
        for row in sorted(rows, key=lambda r: r.effective_from, reverse=True):
            self._rows[row.key, row.scope].append(row)

    def row(self, key: str, *, on: date, scope: str = "") -> PolicyRow:
        """The row in force on a day: that of the scope if there is one, else the general one."""
        for candidate in (scope, "") if scope else ("",):
            if (found := self.own(key, on=on, scope=candidate)) is not None:
                return found
        raise Refused(POLICY_MISSING.at(key=key, day=on))

    def own(self, key: str, *, on: date, scope: str) -> PolicyRow | None:
        """The row of a scope itself in force on a day; what is in force generally does not count.

        For what is unlawful unless it was allowed in that scope.
        """
        for row in self._rows.get((key, scope), ()):
            in_force = row.effective_to is None or on < row.effective_to
            if row.effective_from <= on and in_force:
                return row
        return None

    def scopes(self, key: str, *, on: date) -> list[PolicyRow]:
        """The rows in force on a day that hold for one scope only, in the order of their scopes."""
        names = sorted(scope for known, scope in self._rows if known == key and scope)
        rows = (self.own(key, on=on, scope=scope) for scope in names)
        return [row for row in rows if row is not None]

    def get(self, key: str, *, on: date, scope: str = "") -> Any:
        """The value in force on a day. Raises Refused POLICY_MISSING."""
        return self.row(key, on=on, scope=scope).value

    def decimal(self, key: str, *, on: date, scope: str = "") -> Decimal:
        """A number in force on a day, exact."""
        return Decimal(str(self.get(key, on=on, scope=scope)))

    def integer(self, key: str, *, on: date, scope: str = "") -> int:
        """A whole number in force on a day."""
        return int(self.get(key, on=on, scope=scope))
