"""What waits in a book for an officer's word: an alert, or a correction that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import TextClause, text

from services.kernel.identifiers import show, uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE, NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import LOCKED
from services.processing.domain import refusals
from services.processing.domain.states import ALERT, AlertState, CorrectionState

# What an officer has yet to say something to.
_RAISED = text("""
    SELECT count(*) FILTER (WHERE what = 'ALERT') AS alerts, count(*) AS all_of_it FROM (
        SELECT 'ALERT' AS what FROM alerts WHERE book_id = :book_id AND state = 'RAISED'
        UNION ALL
        SELECT 'CORRECTION' FROM corrections WHERE book_id = :book_id AND state = 'ASKED'
    ) AS w
""")
_UNKNOWN: Final = NOT_FOUND.at()


@dataclass(frozen=True)
class Waiting:
    """A table of such things, and the state in which one of them waits."""

    table: str
    key: str
    prefix: str
    waits: AlertState | CorrectionState

    @cached_property
    def _book(self) -> TextClause:
        return text(f"""
            SELECT b.*, header.version
            FROM {self.table} AS w, {LOCKED.format(lot="NULL", case="w.book_id")}, books AS b
            WHERE w.{self.key} = :id AND b.book_id = w.book_id FOR UPDATE OF b
        """)

    @cached_property
    def _one(self) -> TextClause:
        return text(f"""
            SELECT w.*, EXISTS (
                SELECT 1 FROM v_conflicts AS c
                WHERE c.officer_id = CAST(:officer AS uuid) AND c.party = :party) AS conflict
            FROM {self.table} AS w WHERE w.{self.key} = :id
        """)

    async def book(self, act: Act, shown: str) -> Row:
        """The book in which it waits, at the officer's port, locked. Raises Refused NOT_FOUND."""
        found = await act.execute(self._book, id=uuid_of(shown, self.prefix))
        book: Row | None = found.one_or_none()
        if book is None or act.actor.party_kind != "officer" or act.actor.port != book.port:
            raise Refused(_UNKNOWN)
        return book

    async def one(self, act: Act, book: Row, shown: str) -> Row:
        """What waits in the locked book.

        Raises Refused FORBIDDEN when the officer has an interest, STATE_CONFLICT when somebody has
        said his word already.
        """
        found = await act.execute(
            self._one,
            id=uuid_of(shown, self.prefix),
            officer=uuid_of(act.actor.party_code, "ofc"),
            party=f"enterprise:{book.enterprise_code}",
        )
        row: Row = found.one()
        if row.conflict:
            raise Refused(refusals.CONFLICT_OF_INTEREST.at())
        if row.state != self.waits:
            raise Refused(DECIDED_BEFORE.at(state=row.state))
        return row


async def waiting_in(act: Act, book: Row) -> Row:
    """How many ``alerts`` of a book wait, and how much ``all_of_it`` does, as the act leaves it."""
    waiting: Row = (await act.execute(_RAISED, book_id=book.book_id)).one()
    if not waiting.alerts:
        act.headers.brought(show("bok", book.book_id), ALERT.code)
    return waiting


ALERTS: Final = Waiting("alerts", "alert_id", "alt", AlertState.RAISED)
CORRECTIONS: Final = Waiting("corrections", "correction_id", "cor", CorrectionState.ASKED)
