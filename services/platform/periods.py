"""A register with validity: what holds of a record, from a first day to a day it ends, exclusive.

The table's primary key is the record's name with a generated ``valid``, a range of days ``WITHOUT
OVERLAPS``. To file a period closes the one that holds before it at its first day, leaves what is
the same alone, and keeps what lies ahead: it ends where that begins. What has held on past days is
never changed by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Column, Computed, TextClause, text
from sqlalchemy.dialects.postgresql import DATERANGE

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.refusal import refuse_if_any
from services.kernel.refusals import PAST_KEPT, PERIOD_OVERLAP
from services.platform.act import Act
from services.platform.filing import Says, receipt
from services.platform.vouching import Vouched

_TURNS: Final = 64
"""Of one register; a power of two."""


def valid(begins: str, ends: str) -> Column[Any]:
    """The last column of such a table's key: the days that a row holds."""
    days = Computed(f"daterange({begins}, {ends})", persisted=True)
    return Column("valid", DATERANGE, days, primary_key=True)


@dataclass(frozen=True)
class Register:
    """A table of periods; its columns with their SQL types, as rows of a filing bring them.

    In a ``renewed`` one each period holds until the next one's first day, whatever end was filed
    with it, which stands in ``beside``. In any other, one that ends does not give way to one that
    ends sooner, and what is to end later than the next one begins is refused. Of two registers of
    which one stands on the other, both take the same ``turn``. Where a period may be filed without
    its first day, it holds since ``ever``.
    """

    table: str
    key: Mapping[str, str]
    begins: str
    ends: str
    says: Mapping[str, str]
    beside: Mapping[str, str] = field(default_factory=dict)
    renewed: bool = False
    turn: str | None = None
    ever: bool = False

    @cached_property
    def turns(self) -> TextClause:
        """Wait until nobody else files of the same: of one name in the first column of the key.

        Periods that nobody sees before they are committed would be judged by nobody, and two that
        overlap would wait for each other. The turns are few and taken in one order, so that no
        filing holds many locks, and none waits for who waits for it.
        """
        first = next(iter(self.key))
        return text(f"""
            SELECT CAST(pg_advisory_xact_lock(turn) AS text) FROM (
                SELECT DISTINCT hashtextextended(
                    '{self.turn or self.table}', hashtext({first}) & {_TURNS - 1}
                ) AS turn
                FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r ({first} text)
                ORDER BY turn
            ) AS t
        """)

    @cached_property
    def _rows(self) -> str:
        """The rows of a filing as ``r``, each with ``until``: its end, or where the next begins."""
        columns = {**self.key, self.begins: "date", self.ends: "date", **self.says, **self.beside}
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"""
            SELECT r.*, n.next, least(r.{self.ends}, n.next) AS until
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (place integer, {listed})
            CROSS JOIN LATERAL (
                SELECT min({self.begins}) AS next FROM {self.table} AS t
                WHERE {self._same} AND {self._first("t")} > {self._first("r")}
            ) AS n
        """

    @cached_property
    def _same(self) -> str:
        return " AND ".join(f"t.{name} = r.{name}" for name in self.key)

    def _first(self, alias: str) -> str:
        """The day from which a row holds, as one that is compared."""
        day = f"{alias}.{self.begins}"
        return f"coalesce({day}, '-infinity')" if self.ever else day

    @cached_property
    def _before(self) -> str:
        """That ``t`` holds when ``r`` begins, and has begun before it."""
        return (
            f"{self._same} AND {self._first('t')} < {self._first('r')}"
            f" AND (t.{self.ends} IS NULL OR t.{self.ends} > r.{self.begins})"
        )

    def _said(self, alias: str) -> str:
        return f"ROW({', '.join(f'{alias}.{name}' for name in self.says)})"

    @cached_property
    def judged(self) -> TextClause:
        """Of each row that cannot be filed, whether that is because of what has held."""
        overlap = "false"
        if not self.renewed:
            overlap = f"""
                r.{self.ends} > r.next OR EXISTS (
                    SELECT FROM {self.table} AS t WHERE {self._before} AND t.{self.ends} > r.until
                )
            """
        return text(f"""
            WITH filed AS ({self._rows}), found AS (
                SELECT r.place, coalesce({overlap}, false) AS overlap,
                    {self._first("r")} < :today
                    AND EXISTS (SELECT FROM {self.table} AS t WHERE {self._before})
                    OR EXISTS (
                        SELECT FROM {self.table} AS t
                        WHERE {self._same} AND {self._first("t")} = {self._first("r")} AND (
                            {self._first("r")} < :today
                            AND {self._said("t")} IS DISTINCT FROM {self._said("r")}
                            OR t.{self.ends} IS DISTINCT FROM r.until
                            AND least(t.{self.ends}, r.until) < :today
                        )
                    ) AS past
                FROM filed AS r
            )
            SELECT place, past FROM found WHERE overlap OR past ORDER BY place
        """)

    @cached_property
    def closed(self) -> TextClause:
        """Each row's predecessor ends on the row's first day."""
        return text(f"""
            WITH filed AS ({self._rows})
            UPDATE {self.table} AS t SET {self.ends} = r.{self.begins}
            FROM filed AS r WHERE {self._before}
        """)

    @cached_property
    def filed(self) -> TextClause:
        """A row of the same first day takes the new end and words; the others are new."""
        said = "".join(f", {name} = r.{name}" for name in (*self.says, *self.beside))
        names = [*self.key, self.begins, *self.says, *self.beside]
        return text(f"""
            WITH filed AS ({self._rows}), same AS (
                UPDATE {self.table} AS t SET {self.ends} = r.until{said}
                FROM filed AS r
                WHERE {self._same} AND {self._first("t")} = {self._first("r")} AND (
                    t.{self.ends} IS DISTINCT FROM r.until
                    OR {self._said("t")} IS DISTINCT FROM {self._said("r")}
                )
            )
            INSERT INTO {self.table} ({", ".join(names)}, {self.ends})
            SELECT {", ".join(f"r.{name}" for name in names)}, r.until
            FROM filed AS r
            WHERE NOT EXISTS (
                SELECT FROM {self.table} AS t
                WHERE {self._same} AND {self._first("t")} = {self._first("r")}
            )
            ORDER BY {", ".join(f"r.{name}" for name in self.key)}
        """)


async def periods_file(
    act: Act,
    register: Register,
    rows: Sequence[Mapping[str, Any]],
    *,
    kind: str,
    says: Says,
    vouched: Iterable[Vouched],
    filing_id: str | None = None,
) -> dict[str, Any]:
    """File periods, one a record, and say so; the receipt. Refuses as ``periods_write`` does."""
    await periods_write(act, register, rows)
    return await receipt(
        act, kind=kind, count=len(rows), says=says, vouched=vouched, filing_id=filing_id
    )


async def periods_write(act: Act, register: Register, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write periods, one a record. Days are ISO 8601, an open end is null.

    Refuses PERIOD_OVERLAP, each at its row: where two periods would lie over each other, and by its
    sentence ``past`` where what has held would change. So does whoever files by this.
    """
    today = business_day(act.at)
    filed = canonical_json([{**row, "place": place} for place, row in enumerate(rows)])
    await act.execute(register.turns, rows=filed)
    refused = (await act.execute(register.judged, rows=filed, today=today)).all()
    refuse_if_any(
        PAST_KEPT.at(f"/rows/{row.place}", today=today)
        if row.past
        else PERIOD_OVERLAP.at(f"/rows/{row.place}")
        for row in refused
    )
    await act.execute(register.closed, rows=filed)
    await act.execute(register.filed, rows=filed)
