"""An act of a person or a bank, or a step of the window: one transaction from lock to answer.

It locks what it changes, checks the rule, writes its rows, and ends in one statement that appends
its events, tells the cases concerned, and keeps the answer under the request's key. Nobody's word
travels any further: a told case looks at the record.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from services.kernel import refusals
from services.kernel.events import Event
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor, Answer, Receipt
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.platform.answers import kept_body
from services.platform.bell import EVENTS, TELLS
from services.platform.database import Database, Row, Statement, Tx
from services.platform.event_log import actor_to_keep
from services.platform.headers import Headers
from services.platform.policy import PolicyCache

RECORD: Final = (
    "record_act(:act_actor, :act_at, :act_cases, :act_kinds, :act_types, :act_steps, :act_bodies,"
    " :act_told, :act_told_by, :act_opens, :act_attributes, :act_receipt,"
    " :act_fingerprint, :act_status, :act_answer, :act_headers, :act_marks, :act_actors)"
)
"""SQL of an act's end, for a statement that does all of its work (see ``Act.parameters``)."""

_RECORD: Final = text(f"SELECT {RECORD}")
_NO_CASE: Final = ""
"""Nothing is compared: what is answered stands already."""


@dataclass(frozen=True, slots=True)
class _Entry:
    case: str
    event: Event
    step: str


@dataclass(frozen=True, slots=True)
class _Tell:
    case: str
    told_by: int
    opens: bool
    attributes: Mapping[str, str]


class Write:
    """A statement that writes, of which nothing is read: its common table expressions.

    As the last of an act it goes to the database together with what the act records and keeps.
    """

    def __init__(self, parts: str) -> None:
        self.alone = text(f"WITH {parts} SELECT 1")
        self.last = text(f"WITH {parts} SELECT {RECORD}")


@dataclass(slots=True)
class Act:
    """One act or step under way: its transaction, who acts, when, and under which law.

    The transaction is its own: a query is given the act, so that it sees what the act has written.
    """

    _tx: Tx
    actor: Actor
    at: datetime
    policies: PolicyCache
    receipt: Receipt | None = None
    expected_version: int | None = None
    """The version in If-Match: what the person had read."""
    upon_reading: bool = False
    """Whether it is a signature or a decision, which names the version that was read."""
    policy_version: int | None = None
    """The version of the law, where a statement of the act has read it on its way."""
    headers: Headers = field(default_factory=Headers)
    """What the act leaves on the headers of cases; written with its events."""
    _entries: list[_Entry] = field(default_factory=list)
    _tells: list[_Tell] = field(default_factory=list)
    _counts: list[Callable[[], object]] = field(default_factory=list)
    _beside: set[str] = field(default_factory=set)
    _pending: tuple[Write, dict[str, Any]] | None = None
    _read: str | None = None
    """The case of which the version that was read is named."""

    async def law(self) -> PolicyBook:
        """The legal parameters in force, as this transaction sees them."""
        if self.policy_version is None:
            return await self.policies.book(self)
        return await self.policies.at_version(self, self.policy_version)

    async def execute(
        self, statement: Statement, values: Mapping[str, Any] | None = None, /, **more: Any
    ) -> Any:
        """Run a statement with these values; its rows. What waits to be written is sent before."""
        await self.flush()
        return await self._tx.execute(statement, {**(values or {}), **more})

    async def found(self, statement: Statement, /, **values: Any) -> Row:
        """The row that a statement finds. Raises Refused NOT_FOUND when there is none."""
        row: Row | None = (await self.execute(statement, values)).one_or_none()
        if row is None:
            raise Refused(refusals.NOT_FOUND.at())
        return row

    async def write(self, write: Write, **values: Any) -> None:
        """Write, at the latest before the act's next statement."""
        await self.flush()
        self._pending = (write, values)

    async def flush(self) -> None:
        """Send a write that waits, so that what is read next sees it."""
        if self._pending is not None:
            (write, values), self._pending = self._pending, None
            await self._tx.execute(write.alone, values)

    def require_version(self, case: str, version: int, *, since: int | None = None) -> None:
        """The case that is acted on stands as the person read it.

        ``since`` is the version from which on all that is signed was as it is, where what came
        later says nothing of that. Raises Refused VERSION_MISMATCH when the person decided on
        another reading, PRECONDITION_REQUIRED when a signature names none.
        """
        self._read = case
        if self.expected_version is None:
            if self.upon_reading:
                raise Refused(refusals.VERSION_NOT_NAMED.at())
        elif not (version if since is None else since) <= self.expected_version <= version:
            raise Refused(refusals.VERSION_MISMATCH.at())

    def stands_already(self) -> None:
        """What is asked for was done before: no If-Match keeps it from being answered as then."""
        self._read = _NO_CASE

    def require_compared(self) -> None:
        """Raises Refused VERSION_MISMATCH when If-Match was sent and there is nothing to compare.

        Who asks to decide on what he has read is never let decide on anything else.
        """
        if self._read is None:
            if self.upon_reading:
                raise AssertionError("a signature compares the version that was read")
            refuse_comparison(self.expected_version)

    def record(self, case: str, event: Event, *, step: str) -> None:
        """Append an event to a case when the act ends; ``step`` is unique within the case."""
        self._entries.append(_Entry(case, event, step))

    def tell(self, case: str) -> None:
        """Have a case look at the record again, because of the event recorded last."""
        self._tells.append(_Tell(case, self._place(), False, {}))

    def tell_anew(self, case: str, **attributes: str) -> None:
        """Have a case look though it may have ended: what it ended upon holds no more. It is
        started again then, shown in the engine's console by ``attributes``, of which there is one
        at least."""
        self._tells.append(_Tell(case, self._place(), False, attributes))

    def open_case(self, case: str, **attributes: str) -> None:
        """Have a case's workflow started; ``attributes`` are codes for the engine's console."""
        self._tells.append(_Tell(case, self._place(), True, attributes))

    def recorded_beside(self, *, told: bool = False) -> None:
        """A function of the record's owner has recorded, or told a case, in this transaction.

        It was not this act's to record; whoever waits for it is woken all the same.
        """
        self._beside |= {EVENTS, TELLS} if told else {EVENTS}

    def count(self, how: Callable[[], object]) -> None:
        """Have something counted once the act is on record; what is undone is never counted."""
        self._counts.append(how)

    def _place(self) -> int:
        if not self._entries:
            raise ValueError("a case is told because of an event: record it first")
        return len(self._entries)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Inside, what an exception ends is undone: rows, and what was recorded and told there."""
        await self.flush()
        entries, tells, counts = len(self._entries), len(self._tells), len(self._counts)
        headers = self.headers.copy()
        try:
            async with self._tx.savepoint():
                yield
                await self.flush()
        except BaseException:
            del self._entries[entries:], self._tells[tells:], self._counts[counts:]
            self.headers = headers
            self._pending = None
            raise

    def parameters(self, answer: Answer | None = None) -> dict[str, Any]:
        """Bind values of RECORD: everything recorded and told, and the answer to be kept."""
        receipt = self.receipt if answer is not None else None
        entries, tells = self._entries, self._tells
        return {
            "act_actor": actor_to_keep(self.actor, self.receipt),
            "act_at": self.at,
            "act_cases": [case_uuid(e.case) for e in entries],
            "act_kinds": [e.case[:3] for e in entries],
            "act_types": [type(e.event).__name__ for e in entries],
            "act_steps": [e.step for e in entries],
            "act_bodies": [e.event.body() for e in entries],
            "act_told": [t.case for t in tells],
            "act_told_by": [t.told_by for t in tells],
            "act_opens": [t.opens for t in tells],
            "act_attributes": [json.dumps(dict(t.attributes)) for t in tells],
            "act_receipt": receipt and receipt.digest,
            "act_fingerprint": receipt and receipt.fingerprint,
            "act_status": answer and answer.status,
            "act_answer": None if receipt is None or answer is None else kept_body(answer),
            "act_headers": self.headers.beside([e.case for e in entries]),
            "act_marks": self.headers.marks(),
            "act_actors": self._actors(),
        }

    def _actors(self) -> list[str | None] | None:
        """Of the events of the case that was read, who acted upon which version of it."""
        if self.expected_version is None or self._read is None:
            return None
        reader = actor_to_keep(self.actor, self.receipt, read_version=self.expected_version)
        return [reader if e.case == self._read else None for e in self._entries]

    async def end(self, answer: Answer | None = None) -> None:
        """Write what was recorded and told, and keep the answer: the transaction's last words."""
        if not self._entries and (answer is None or self.receipt is None):
            await self.flush()
            return
        statement, values = _RECORD, self.parameters(answer)
        if self._pending is not None:
            write, written = self._pending
            statement, values = write.last, {**written, **values}
        await self._tx.execute(statement, values)

    def changes(self, case: str) -> int:
        """By how much the version of a case of the act's own service is raised at its end."""
        return sum(e.case == case and e.event.changes for e in self._entries)

    def committed(self, database: Database) -> None:
        """Ring the bell for whoever waits (``bell.py``), and count what is now on record."""
        rings = self._beside | ({EVENTS} if self._entries else set())
        if rings:
            database.committed(*sorted(rings | ({TELLS} if self._tells else set())))
        for count in self._counts:
            count()


def refuse_comparison(expected_version: int | None) -> None:
    """Raises Refused VERSION_MISMATCH when If-Match was sent and there is nothing to compare."""
    if expected_version is not None:
        raise Refused(refusals.VERSION_NOT_COMPARED.at())
