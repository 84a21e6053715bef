"""Reads of papers: what the record says of a case now, and which papers there are.

The facts are one object as the owners' views have them, without a person's name and with nothing
that the case's parties are not told (``services/window/domain/rules/disclosure.py``). There are
none where the case, as it stands, has no such paper: a lot that was withdrawn has no receipt, one
that is out no pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.documents.domain.papers import PaperKind
from services.platform.database import Row, Statements
from services.platform.visibility import VISIBLE, Viewer


def _case(prefix: str, column: str) -> str:
    return f"'{prefix}_' || replace(CAST({column} AS text), '-', '')"


def _at(column: str) -> str:
    # In one spelling, whatever the session's time zone: the facts are compared by it.
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def _money(value: str, currency: str) -> str:
    return (
        f"CASE WHEN {value} IS NOT NULL THEN"
        f" jsonb_build_object('amount', CAST({value} AS text), 'currency', {currency}) END"
    )


_PORT: Final = "(SELECT concat_ws(' ', p.name_zh, p.name_en) FROM v_ports AS p WHERE p.port = {})"
_LOT: Final = f"""
    'reference', l.reference, 'lot', {_case("lot", "l.lot_id")}, 'port', {_PORT.format("l.port")},
    'group', coalesce(
        (SELECT g.name FROM v_groups AS g WHERE g.group_code = l.group_code)
        || ' ' || l.group_code,
        right(l.submitted_by, 8)
    ),
    'goods', l.goods_name, 'hs_code', l.hs_code, 'origin', l.origin, 'seller', l.seller,
    'vehicle_plate', l.vehicle_plate, 'foreign_plate', l.foreign_plate,
    'manifest_no', l.manifest_no, 'pieces', l.pieces, 'net_kg', CAST(l.net_kg AS text),
    'gross_kg', CAST(l.gross_kg AS text), 'value', {_money("l.value", "l.currency")}
"""
_SHARES: Final = f"""
    (SELECT jsonb_agg(
        jsonb_build_object(
            'line_no', t.line_no,
            'resident', right(replace(CAST(t.resident_id AS text), '-', ''), 8),
            'net_kg', CAST(t.net_kg AS text), 'kept', {_money("t.value", "t.currency")}
        ) ORDER BY t.line_no
    )
    FROM v_tickets AS t
    WHERE t.lot_id = l.lot_id
        AND (CAST(:resident_id AS uuid) IS NULL OR t.resident_id = CAST(:resident_id AS uuid)))
"""
_ORDER: Final = f"""
    'order', {_case("ins", "o.order_id")}, 'reference', l.reference,
    'lot', {_case("lot", "l.lot_id")}, 'port', {_PORT.format("o.port")}
"""
_ORDERS: Final = "v_inspection_orders AS o INNER JOIN v_lots AS l ON l.lot_id = o.lot_id"
_BALANCE: Final = """
    (SELECT jsonb_agg(
        jsonb_build_object(
            'material', m.material_hs, 'opening_kg', CAST(m.opening_kg AS text),
            'received_kg', CAST(m.received_kg AS text),
            'consumed_kg', CAST(m.consumed_kg AS text),
            'scrap_beyond_kg', CAST(m.scrap_beyond_kg AS text),
            'closing_kg', CAST(m.closing_kg AS text),
            'unexplained_kg', CAST(m.unexplained_kg AS text)
        ) || jsonb_strip_nulls(
            jsonb_build_object('loss_kg', CAST(nullif(m.loss_kg, 0) AS text))
        ) ORDER BY m.material_hs
    )
    FROM v_book_materials AS m WHERE m.book_id = b.book_id)
"""
_LOST: Final = f"""
    (SELECT jsonb_agg(
        jsonb_build_object(
            'purchase', right(CAST(o.purchase_id AS text), 8), 'material', o.hs_code,
            'lost_kg', CAST(o.net_kg AS text), 'lost_at', {_at("o.lost_at")}
        ) ORDER BY o.lost_at, o.purchase_id
    )
    FROM v_lost_loads AS o WHERE o.book_id = b.book_id)
"""
# Where there is none the paper says as before, so that what was issued without it stands.
_WHERE_ANY: Final = {PaperKind.STATEMENT: f"'lost', {_LOST}"}
_FACTS: Final[Mapping[PaperKind, TextClause]] = {
    kind: text(
        f"SELECT jsonb_build_object({facts})"
        f" || jsonb_strip_nulls(jsonb_build_object({_WHERE_ANY.get(kind, '')})) AS facts"
        f" FROM {where}"
    )
    for kind, facts, where in (
        (
            PaperKind.RECEIPT,
            f"'submitted_at', {_at('l.submitted_at')}, 'business_on', l.business_on,"
            f" {_LOT}, 'rows', {_SHARES}",
            "v_lots AS l WHERE l.lot_id = :case_id"
            " AND l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')",
        ),
        (
            PaperKind.PASS,
            f"'released_at', {_at('l.released_at')}, 'lane', l.lane, {_LOT}",
            # Whether a control keeps the truck in, the gate alone asks: by a paper that anybody may
            # ask about, whom it reaches would know before.
            "v_lots AS l WHERE l.lot_id = :case_id AND l.state = 'RELEASED'",
        ),
        (
            PaperKind.FINDINGS,
            f"{_ORDER}, 'goods', l.goods_name, 'hs_code', l.hs_code,"
            " 'declared_kg', CAST(l.net_kg AS text), 'vehicle_plate', l.vehicle_plate,"
            " 'foreign_plate', l.foreign_plate, 'results', o.results, 'disposal', o.disposal,"
            f" 'concluded_at', {_at('o.concluded_at')}",
            f"{_ORDERS} WHERE o.order_id = :case_id AND o.state = 'CONCLUDED'",
        ),
        (
            PaperKind.ORDER,
            f"{_ORDER}, 'goods', l.goods_name, 'vehicle_plate', l.vehicle_plate,"
            f" 'lane', o.lane, 'method', o.method_ordered, 'bay', o.bay,"
            f" 'opened_at', {_at('o.opened_at')}",
            f"{_ORDERS} WHERE o.order_id = :case_id AND o.state NOT IN ('CONCLUDED', 'WITHDRAWN')",
        ),
        (
            PaperKind.ADVICE,
            f"'reference', s.client_reference, 'instruction', {_case('stl', 's.instruction_id')},"
            f" 'lot', {_case('lot', 's.lot_id')},"
            " 'bank', (SELECT k.name || ' ' || k.bic FROM v_banks AS k WHERE k.bic = s.bank_bic),"
            " 'seller', (SELECT e.name FROM v_sellers AS e WHERE e.seller_code = s.seller_code),"
            f" 'amount', {_money('s.amount', 's.currency')},"
            f" 'paid', {_money('s.paid', 's.paid_currency')}, 'ended_at', {_at('s.ended_at')}",
            "v_settlements AS s WHERE s.instruction_id = :case_id AND s.state = 'SETTLED'"
            " AND s.returned_at IS NULL",
        ),
        (
            PaperKind.CERTIFICATE,
            "'certificate', a.certificate, 'enterprise', e.name,"
            " 'enterprise_code', a.enterprise_code, 'level', a.level,"
            f" 'port', {_PORT.format('a.port')}, 'certified_on', a.certified_on,"
            " 'review_due_on', a.review_due_on",
            "v_accreditations AS a INNER JOIN v_enterprises AS e USING (enterprise_code)"
            " WHERE a.aeo_id = :case_id AND a.certificate IS NOT NULL"
            " AND a.suspended_on IS NULL AND a.ended_on IS NULL",
        ),
        (
            PaperKind.STATEMENT,
            f"'book', {_case('bok', 'b.book_id')}, 'enterprise', e.name,"
            f" 'enterprise_code', b.enterprise_code, 'port', {_PORT.format('b.port')},"
            " 'period_from', b.period_from, 'period_to', b.period_to,"
            f" 'closed_at', {_at('b.closed_at')}, 'rows', {_BALANCE}",
            "v_books AS b INNER JOIN v_enterprises AS e USING (enterprise_code)"
            " WHERE b.book_id = :case_id AND b.state = 'CLOSED'",
        ),
    )
}
_SEEN = text(
    "SELECT c.case_id, c.port FROM cases AS c"
    f" WHERE c.case_id = :case_id AND c.kind = :kind AND {VISIBLE}"
)
_COLUMNS: Final = (
    "p.paper_no, p.kind, p.case_id, p.case_kind, p.port, p.language, p.resident_id,"
    " p.facts_digest, p.digest, p.issued_at"
)
# A paper made for a resident says the own share alone: it is that resident's, and nobody else's.
_PAPER = text(
    f"SELECT {_COLUMNS} FROM papers AS p INNER JOIN cases AS c ON c.case_id = p.case_id"
    " WHERE p.paper_no = :paper_no"
    " AND p.resident_id IS NOT DISTINCT FROM CAST(:resident_id AS uuid)"
    f" AND {VISIBLE}"
)
_NUMBERED = text(f"SELECT {_COLUMNS} FROM papers AS p WHERE p.paper_no = :paper_no")
# A pass says nothing of shares: whoever had it made, the gate whose lot it is lets go by it.
_PASS = text(
    f"SELECT {_COLUMNS} FROM papers AS p INNER JOIN cases AS c ON c.case_id = p.case_id"
    f" WHERE p.paper_no = :paper_no AND p.kind = '{PaperKind.PASS}' AND {VISIBLE}"
)
_SAME = text(
    f"SELECT {_COLUMNS} FROM papers AS p WHERE p.case_id = :case_id AND p.kind = :kind"
    " AND p.language = :language"
    " AND p.resident_id IS NOT DISTINCT FROM CAST(:resident_id AS uuid)"
    " AND p.facts_digest = :facts_digest"
)


async def case_seen(tx: Statements, case_id: UUID, kind: str, viewer: Viewer) -> Row | None:
    """A case with its port; None when there is none that the viewer may see."""
    found = await tx.execute(_SEEN, {"case_id": case_id, "kind": kind, **viewer.values()})
    return found.one_or_none()


async def paper_facts(
    tx: Statements, kind: PaperKind, case_id: UUID, *, resident_id: UUID | None
) -> dict[str, Any] | None:
    """What a paper would say now; None when the case, as it stands, has no such paper."""
    values = {"case_id": case_id, "resident_id": resident_id}
    statement = _FACTS[kind]
    asked = {name: values[name] for name in statement.compile().params}
    found: dict[str, Any] | None = (await tx.execute(statement, asked)).scalar_one_or_none()
    return found


async def paper_same(
    tx: Statements,
    kind: PaperKind,
    case_id: UUID,
    *,
    language: str,
    resident_id: UUID | None,
    facts_digest: bytes,
) -> Row | None:
    """The paper that says the same of the same case to the same reader, if there is one."""
    values = {
        "kind": kind,
        "case_id": case_id,
        "language": language,
        "resident_id": resident_id,
        "facts_digest": facts_digest,
    }
    return (await tx.execute(_SAME, values)).one_or_none()


async def paper_get(tx: Statements, paper_no: UUID, viewer: Viewer) -> Row | None:
    """A paper by its number; None when there is none, or none that the viewer may see."""
    return (await tx.execute(_PAPER, {"paper_no": paper_no, **viewer.values()})).one_or_none()


async def pass_get(tx: Statements, paper_no: UUID, viewer: Viewer) -> Row | None:
    """A pass by its number; None when there is none of a lot that the viewer may see."""
    return (await tx.execute(_PASS, {"paper_no": paper_no, **viewer.values()})).one_or_none()


async def paper_numbered(tx: Statements, paper_no: UUID) -> Row | None:
    """A paper by its number, whoever asks; None when there is none."""
    return (await tx.execute(_NUMBERED, {"paper_no": paper_no})).one_or_none()
