"""Reads of landing processing: an enterprise sees its own, officers their port's, auditors all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.officers import officer_values
from services.platform.visibility import factories_of
from services.processing.domain.states import BookState

_BOOKS = Filtered("""
    SELECT b.*, header.version FROM books AS b
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE ASKED(enterprise_code = :enterprise)
        AND ASKED(b.port = :port)
        AND ASKED(b.state = :state)
        AND ASKED(book_id > :after)
    ORDER BY book_id LIMIT :rows
""")
# Whether whoever reads it is an officer who has declared an interest in the factory.
_INTERESTED: Final = """
    EXISTS (
        SELECT FROM v_conflicts AS f WHERE f.officer_id = CAST(:officer AS uuid)
            AND f.party = 'enterprise:' || b.enterprise_code
    ) AS interested
"""
_BOOK = text(f"""
    SELECT b.*, header.version, {_INTERESTED}
    FROM books AS b JOIN cases AS header ON header.case_id = b.book_id
    WHERE b.book_id = :book_id
""")
_MATERIALS = text("SELECT * FROM book_materials WHERE book_id = :book_id ORDER BY material_hs")
_CONSUMPTIONS = text("""
    SELECT product_hs, material_hs, net, loss_rate, unit, processing_rule, processes, declared_at
    FROM unit_consumptions WHERE book_id = :book_id ORDER BY product_hs, material_hs
""")
_PRODUCTS = text("""
    SELECT hs_code AS product_hs, sum(weight_kg) AS product_kg, count(*) AS reports,
        coalesce(array_agg(grounds ORDER BY reported_at) FILTER (
            WHERE grounds IS NOT NULL AND reverses IS NULL AND NOT EXISTS (
                SELECT FROM outputs AS r WHERE r.reverses = o.output_id)), '{}') AS grounds
    FROM outputs AS o
    WHERE book_id = :book_id AND kind = 'PRODUCT' GROUP BY hs_code ORDER BY hs_code
""")
_OUTPUTS = Filtered("""
    SELECT o.*, r.output_id AS reversed_by, r.reported_at AS reversed_at,
        r.grounds AS reversal_grounds
    FROM outputs AS o LEFT JOIN outputs AS r ON r.reverses = o.output_id
    WHERE o.book_id = :book_id AND o.reverses IS NULL
        AND ASKED(o.output_id < :after)
    ORDER BY o.output_id DESC LIMIT :rows
""")
# What is bought and not received: it belongs to the factory, and to no book yet. What is void or
# lost never comes.
_IN_TRANSIT = text("""
    SELECT p.purchase_id, p.lot_id, p.hs_code, p.net_kg, p.bought_at, p.due_on, m.dispatched_at
    FROM v_purchases AS p LEFT JOIN movements AS m USING (purchase_id)
    WHERE p.enterprise_code = :enterprise AND p.voided_at IS NULL AND m.lost_at IS NULL
        AND NOT EXISTS (SELECT FROM receipts AS r WHERE r.purchase_id = p.purchase_id)
    ORDER BY p.due_on, p.purchase_id
""")
_LOST = text("""
    SELECT c.purchase_id, c.correction_id, p.lot_id, p.hs_code, p.net_kg, m.dispatched_at,
        c.decided_at AS lost_at, (
            SELECT min(f.decided_at) FROM corrections AS f
            WHERE f.purchase_id = c.purchase_id AND f.kind = 'FOUND' AND f.state = 'CONSENTED'
                AND f.correction_id > c.correction_id
        ) AS found_at
    FROM corrections AS c JOIN movements AS m USING (purchase_id)
        JOIN v_purchases AS p USING (purchase_id)
    WHERE c.book_id = :book_id AND c.kind = 'LOSS' AND c.state = 'CONSENTED'
    ORDER BY c.decided_at, c.correction_id
""")
_CORRECTIONS = Filtered(f"""
    SELECT c.*, b.enterprise_code, header.version, {_INTERESTED}
    FROM corrections AS c JOIN books AS b USING (book_id)
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE ASKED(b.enterprise_code = :enterprise)
        AND ASKED(b.port = :port)
        AND ASKED(c.book_id = :book_id)
        AND ASKED(c.state = :state)
        AND ASKED(c.correction_id = :correction_id)
        AND ASKED(c.correction_id > :after)
    ORDER BY c.correction_id LIMIT :rows
""")
_CORRECTION_WAITS = text("""
    SELECT EXISTS (SELECT FROM corrections WHERE book_id = :book_id AND state = 'ASKED')
""")
_ALERTS = Filtered(f"""
    SELECT a.*, b.enterprise_code, b.state AS book_state, header.version, {_INTERESTED}
    FROM alerts AS a JOIN books AS b USING (book_id)
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE ASKED(b.enterprise_code = :enterprise)
        AND ASKED(b.port = :port)
        AND ASKED(a.book_id = :book_id)
        AND ASKED(a.state = :state)
        AND ASKED(a.alert_id = :alert_id)
        AND ASKED(a.alert_id > :after)
    ORDER BY a.alert_id LIMIT :rows
""")


async def book_list(
    tx: Statements, actor: Actor, *, state: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """E-book periods, oldest first."""
    values = {"state": state, "after": after, "rows": rows}
    return (await tx.execute(_BOOKS, {**values, **factories_of(actor)})).all()


@dataclass(frozen=True)
class WholeBook:
    """A book with its balance, what is on its way into it or lost, consumption and products."""

    book: Row
    materials: Sequence[Row]
    consumptions: Sequence[Row]
    products: Sequence[Row]
    in_transit: Sequence[Row]
    lost: Sequence[Row]
    correction_waits: bool
    """Whether an officer has one to decide."""


async def book_get(tx: Statements, book_id: str, actor: Actor) -> WholeBook:
    """A book and all that belongs to it; nothing is on its way into a closed one.

    Raises Refused NOT_FOUND.
    """
    book = await _book_row(tx, book_id, actor)
    named, enterprise = {"book_id": book.book_id}, {"enterprise": book.enterprise_code}
    coming: Sequence[Row] = ()
    if book.state != BookState.CLOSED:
        coming = (await tx.execute(_IN_TRANSIT, enterprise)).all()
    return WholeBook(
        book,
        materials=(await tx.execute(_MATERIALS, named)).all(),
        consumptions=(await tx.execute(_CONSUMPTIONS, named)).all(),
        products=(await tx.execute(_PRODUCTS, named)).all(),
        in_transit=coming,
        lost=(await tx.execute(_LOST, named)).all(),
        correction_waits=(await tx.execute(_CORRECTION_WAITS, named)).scalar_one(),
    )


async def output_list(
    tx: Statements, book_id: str, actor: Actor, *, after: UUID | None, rows: int
) -> list[Row]:
    """Reports of products and scrap in a book, newest first. Raises Refused NOT_FOUND."""
    book = await _book_row(tx, book_id, actor)
    values = {"book_id": book.book_id, "after": after, "rows": rows}
    return (await tx.execute(_OUTPUTS, values)).all()


async def _book_row(tx: Statements, book_id: str, actor: Actor) -> Row:
    """A book that the actor may see. Raises Refused NOT_FOUND."""
    named = {"book_id": uuid_of(book_id, "bok"), **_officer(actor)}
    row = (await tx.execute(_BOOK, named)).one_or_none()
    scope = factories_of(actor)
    if row is None or (
        scope["enterprise"] not in (None, row.enterprise_code)
        or scope["port"] not in (None, row.port)
    ):
        raise Refused(NOT_FOUND.at())
    return row


async def alert_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None,
    book_id: str | None,
    after: UUID | None,
    rows: int,
) -> list[Row]:
    """Alerts, oldest first: an officer's port, an enterprise's own."""
    values = {"alert_id": None, **_asked(state, book_id), "after": after, "rows": rows}
    return (await tx.execute(_ALERTS, {**values, **_reader(actor)})).all()


async def alert_get(tx: Statements, alert_id: str, actor: Actor) -> Row:
    """One alert. Raises Refused NOT_FOUND."""
    return await _one_of(tx, _ALERTS, actor, alert_id=uuid_of(alert_id, "alt"))


async def correction_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None,
    book_id: str | None,
    after: UUID | None,
    rows: int,
) -> list[Row]:
    """Corrections, oldest first: an officer's port, an enterprise's own."""
    values = {"correction_id": None, **_asked(state, book_id), "after": after, "rows": rows}
    return (await tx.execute(_CORRECTIONS, {**values, **_reader(actor)})).all()


async def correction_get(tx: Statements, correction_id: str, actor: Actor) -> Row:
    """One correction. Raises Refused NOT_FOUND."""
    return await _one_of(tx, _CORRECTIONS, actor, correction_id=uuid_of(correction_id, "cor"))


def _officer(actor: Actor) -> dict[str, object]:
    """The officer who reads, whose interests are asked for; none for everybody else."""
    return {"officer": officer_values(actor)["officer_id"]}


def _reader(actor: Actor) -> dict[str, object]:
    """Whose books are read, and by which officer."""
    return {**factories_of(actor), **_officer(actor)}


def _asked(state: str | None, book_id: str | None) -> dict[str, str | UUID | None]:
    """By what that which lies with a book is looked for."""
    return {"state": state, "book_id": None if book_id is None else uuid_of(book_id, "bok")}


async def _one_of(tx: Statements, reading: Filtered, actor: Actor, **named: UUID) -> Row:
    """What lies with a book and waits for an officer, by its id. Raises Refused NOT_FOUND."""
    values = {**_asked(None, None), **named, "after": None, "rows": 1}
    row = (await tx.execute(reading, {**values, **_reader(actor)})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
