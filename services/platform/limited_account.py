"""A limited account: what may be reserved and used up to a limit, and no further.

One shape of row: a limit, what of it is reserved, what is used, and the constraint

    CHECK (reserved >= 0 AND used >= 0 AND reserved + used <= limit)

whose owner names the columns as the trade does. Reserved is what somebody under way has claimed;
it is consumed when that comes to its end, or given back. Whether there is room is a rule of the
owner's, on facts read before; the constraint is the last guard under a race, and whoever loses it
is judged again on fresh facts (``act.py``).

Here are the statements as parts of a bigger one: an act moves its account in the statement that
writes its rows. An amount is SQL, cast where its type is not clear; one of nothing touches no row.
Keys are bound under the names of their columns; where a case moves several accounts at once, they
are rows of its own, and the accounts are locked in one order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedAccount:
    """A table of such accounts: its key with the types of its columns, and its three figures.

    ``used`` is None where what is claimed stays claimed until it is given back. ``beside`` is what
    is claimed without a title, where titles differ: it is accepted while there is room beside what
    is reserved (``beside_most``, by the last of it), and keeps nobody out who has a title.
    """

    table: str
    key: Mapping[str, str]
    limit: str
    reserved: str
    used: str | None = None
    beside: str | None = None
    beside_most: str | None = None

    @property
    def left(self) -> str:
        """SQL of what is neither reserved nor used."""
        taken = (self.reserved, self.used) if self.used else (self.reserved,)
        return " - ".join((self.limit, *taken))

    def reserve(self, amount: str) -> str:
        """SQL that claims an amount of an account that is there."""
        return self._moved(amount, [f"{self.reserved} = {self.reserved} + {amount}"])

    def open_and_reserve(self, amount: str, *, limit: str, **beside: str) -> str:
        """SQL that claims an amount of an account, which the first claim opens with that limit.

        ``beside`` are further columns of the row that is opened, as SQL.
        """
        columns = (*self.key, *beside, self.limit, self.reserved)
        values = (*_bound(self.key), *beside.values(), limit, amount)
        return (
            f"INSERT INTO {self.table} AS a ({', '.join(columns)})"
            f" SELECT {', '.join(values)} WHERE {amount} <> 0"
            f" ON CONFLICT ({', '.join(self.key)}) DO UPDATE"
            f" SET {self.reserved} = a.{self.reserved} + excluded.{self.reserved}"
        )

    def open_and_reserve_each(self, amount: str, *, limit: str, each: str) -> str:
        """SQL that claims an amount of each of several accounts, under the limit of today.

        ``each`` are rows, as SQL under a name, with the key's columns and those that ``limit``
        reads; ``titled`` says of each whether it is claimed by a title, where titles differ.
        """
        keys = ", ".join(self.key)
        columns, values, more = self._claimed(amount, limit)
        return (
            f"INSERT INTO {self.table} AS a ({keys}, {self.limit}, {', '.join(columns)})"
            f" SELECT {keys}, {limit}, {', '.join(values)} FROM {each} ORDER BY {keys}"
            f" ON CONFLICT ({keys}) DO UPDATE SET {self.limit} = excluded.{self.limit},"
            f" {', '.join(more)}"
        )

    def _claimed(self, amount: str, limit: str) -> tuple[list[str], list[str], list[str]]:
        """Columns of an account that is opened, their values, and what a further claim changes."""
        more = f"{self.reserved} = a.{self.reserved} + excluded.{self.reserved}"
        if self.beside is None or self.beside_most is None:
            return [self.reserved], [amount], [more]
        return (
            [self.reserved, self.beside, self.beside_most],
            [
                f"CASE WHEN titled THEN {amount} ELSE 0 END",
                f"CASE WHEN titled THEN 0 ELSE {amount} END",
                f"CASE WHEN titled THEN 0 ELSE {limit} END",
            ],
            [
                more,
                f"{self.beside} = a.{self.beside} + excluded.{self.beside}",
                f"{self.beside_most} = CASE WHEN excluded.{self.beside} = 0"
                f" THEN a.{self.beside_most}"
                f" ELSE excluded.{self.limit} - a.{self.reserved} END",
            ],
        )

    def give_back_each(self, amount: str, *, each: str) -> str:
        """SQL by which what was claimed of each of several accounts is free again."""
        keys = ", ".join(self.key)
        same = " AND ".join(f"a.{name} = held.{name}" for name in self.key)
        given, titled = f"{self.reserved} = a.{self.reserved} - {amount}", ""
        if self.beside is not None:
            given = (
                f"{self.reserved} = a.{self.reserved} - CASE WHEN titled THEN {amount} ELSE 0 END,"
                f" {self.beside} = a.{self.beside} - CASE WHEN titled THEN 0 ELSE {amount} END"
            )
            titled = ", titled"
        return (
            f"UPDATE {self.table} AS a SET {given} FROM ("
            f"SELECT {keys}{titled} FROM {self.table} AS kept JOIN {each} USING ({keys})"
            f" ORDER BY {keys} FOR UPDATE OF kept) AS held WHERE {same}"
        )

    def consume(self, amount: str) -> str:
        """SQL by which what was reserved is used."""
        given = f"{self.reserved} = {self.reserved} - {amount}"
        return self._moved(amount, [given, f"{self.used} = {self.used} + {amount}"])

    def give_back(self, amount: str) -> str:
        """SQL by which what was reserved is free again."""
        return self._moved(amount, [f"{self.reserved} = {self.reserved} - {amount}"])

    def take_back(self, amount: str) -> str:
        """SQL by which what was used is free again."""
        return self._moved(amount, [f"{self.used} = {self.used} - {amount}"])

    def _moved(self, amount: str, changes: Iterable[str]) -> str:
        keys = (f"{name} = {bound}" for name, bound in zip(self.key, _bound(self.key), strict=True))
        return (
            f"UPDATE {self.table} SET {', '.join(changes)}"
            f" WHERE {' AND '.join(keys)} AND {amount} <> 0"
        )


def _bound(columns: Mapping[str, str]) -> list[str]:
    return [f"CAST(:{name} AS {kind})" for name, kind in columns.items()]
