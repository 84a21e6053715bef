"""What is on file. Personal data leaves the registry masked only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.kernel.canonical import bic, identity_number, number_key
from services.kernel.canonical import code as code_of
from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.pagination import decode_cursor, key_of, page
from services.platform.vault import Vault
from services.platform.visibility import sees_all
from services.registry.domain.model import SEALED_OFFICER, SEALED_RESIDENT
from services.registry.domain.rules.identity import (
    masked_name,
    masked_number,
    masked_phone,
    resident_no_is_valid,
)

_SIGNATORY: Final = "(party || ' ' || duty || ' ' || subject)"
_LEVEL: Final = """
    coalesce((
        SELECT c.level FROM v_credit_levels AS c
        WHERE c.party = 'enterprise:' || enterprises.enterprise_code AND c.state = 'IN_FORCE'
    ), 'ORDINARY') AS credit_level
"""
"""The level in force, as accreditation says it: customs decides it, the register only shows it."""
_LISTS: Final = {
    name: text(f"SELECT {columns} FROM {name} WHERE {key} > :after ORDER BY {key} LIMIT :rows")
    for name, key, columns in (
        ("groups", "group_code", "group_code, name, kind, port"),
        (
            "enterprises",
            "enterprise_code",
            "enterprise_code, credit_code, name, port, " + _LEVEL,
        ),
        ("officers", "badge_no", "badge_no, officer_id, port, team, skills, active"),
        ("banks", "bic", "bic, name, public_key, rota_order, currencies, time_offsets"),
        ("sellers", "seller_code", "seller_code, name, country, bank_bic, account"),
        ("signatories", _SIGNATORY, f"{_SIGNATORY}, party, subject, duty, active"),
        ("ports", "port", "port, name_zh, name_en, customs_office, active"),
    )
}
_ONE: Final[dict[str, tuple[TextClause, Callable[[str], str]]]] = {
    name: (text(f"SELECT {columns} FROM {name} WHERE {key} = :code"), spelled)
    for name, columns, key, spelled in (
        ("groups", "*", "code_key", number_key),
        ("enterprises", f"enterprises.*, {_LEVEL}", "enterprise_code", code_of),
        ("banks", "*", "bic", bic),
        ("sellers", "*", "code_key", number_key),
        ("ports", "*", "port", code_of),
    )
}
"""By what a record is found, and how a code that somebody writes is spelled there."""
# The membership that holds today, else the first one to come, else the last one.
_MEMBERS = text("""
    SELECT DISTINCT ON (m.resident_id) m.resident_id, r.sealed, m.joined_on, m.left_on, m.mandated,
        m.mandated_from, m.mandated_to
    FROM v_memberships AS m JOIN residents AS r ON r.resident_id = m.resident_id
    WHERE m.group_code = :group_code AND (CAST(:after AS uuid) IS NULL OR m.resident_id > :after)
    ORDER BY m.resident_id,
        m.joined_on <= :day AND (m.left_on IS NULL OR :day < m.left_on) DESC,
        m.joined_on > :day DESC,
        abs(m.joined_on - :day)
    LIMIT :rows
""")
_MEMBER_COUNT = text("""
    SELECT count(DISTINCT resident_id) FROM memberships
    WHERE group_code = :group_code AND joined_on <= :day AND (left_on IS NULL OR left_on > :day)
""")
# The filing that holds today, else the first one to come.
_FILING: Final = """
    LATERAL (
        SELECT filing_no, filed_on, valid_until FROM resident_filings AS f
        WHERE f.resident_id = r.resident_id
        ORDER BY f.filed_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date DESC,
            abs(f.filed_on - (now() AT TIME ZONE 'Asia/Shanghai')::date)
        LIMIT 1
    )
"""
_RESIDENT = text(
    f"SELECT r.*, f.* FROM residents AS r, {_FILING} AS f WHERE r.resident_id = :resident_id"
)
_LOOKUP = text(f"""
    SELECT r.resident_id, r.resident_no_hash, f.*
    FROM residents AS r, {_FILING} AS f
    WHERE r.resident_no_hash = ANY(:hashes)
        AND (CAST(:group_code AS text) IS NULL OR EXISTS (
            SELECT 1 FROM memberships AS m
            WHERE m.resident_id = r.resident_id AND m.group_code = :group_code))
""")
_IS_MEMBER = text(
    "SELECT 1 FROM memberships WHERE group_code = :group_code AND resident_id = :resident_id"
)
_FILINGS = text("""
    SELECT hs_prefix, filed_from, filed_to, yearly_capacity_kg, filing_no
    FROM processing_filings WHERE enterprise_code = :code ORDER BY hs_prefix, filed_from
""")
_ORIGINS = text("""
    SELECT country, effective_from, effective_to, authority FROM v_port_origins
    WHERE port = :port ORDER BY country, effective_from
""")

_BANK_KEYS = text(f"""
    SELECT *, {version_of("key_id")} FROM bank_keys
    WHERE bic = :bic AND (CAST(:after AS uuid) IS NULL OR key_id > :after)
    ORDER BY key_id LIMIT :rows
""")
_BANK_KEY = text(f"SELECT *, {version_of('key_id')} FROM bank_keys WHERE key_id = :key_id")


async def record_list(
    tx: Statements, kind: str, *, limit: int, cursor: str | None, shown: Callable[[Row], Any]
) -> dict[str, Any]:
    """A page of records of one kind in the order of their code."""
    values = {"after": key_of(cursor), "rows": limit + 1}
    rows = (await tx.execute(_LISTS[kind], values)).all()
    return page(rows, limit=limit, key=lambda row: row[0], show=shown)


async def bank_keys(
    tx: Statements, actor: Actor, of: str, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of the keys that were proposed for a bank, oldest first. Raises Refused NOT_FOUND."""
    of = (await record_get(tx, "banks", of)).bic
    _require_own(actor, of)
    values = {"bic": of, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_BANK_KEYS, values)).all()
    return page(rows, limit=limit, key=lambda row: row.key_id, show=_bank_key)


async def bank_key_get(tx: Statements, actor: Actor, key_id: UUID) -> dict[str, Any]:
    """A key that was proposed for a bank. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_BANK_KEY, {"key_id": key_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    _require_own(actor, row.bic)
    return _bank_key(row)


def _require_own(actor: Actor, bic: str) -> None:
    """A bank reads of its own keys alone. Raises Refused NOT_FOUND."""
    if actor.party_kind == "bank" and not actor.is_party("bank", bic):
        raise Refused(NOT_FOUND.at())


def _bank_key(row: Row) -> dict[str, Any]:
    return {**dict(row), "key_id": show("bky", row.key_id)}


async def record_get(tx: Statements, kind: str, code: str) -> Row:
    """One record by its code, however that is spelled. Raises Refused NOT_FOUND."""
    statement, spelled = _ONE[kind]
    found = (await tx.execute(statement, {"code": spelled(code)})).one_or_none()
    if found is None:
        raise Refused(NOT_FOUND.at())
    return found


async def group_get(tx: Statements, code: str, policy: PolicyBook, *, on: date) -> dict[str, Any]:
    """A group with its members of a day; fewer than the minimum is said, not refused."""
    group = await record_get(tx, "groups", code)
    counted = {"group_code": group.group_code, "day": on}
    count = (await tx.execute(_MEMBER_COUNT, counted)).scalar_one()
    minimum = policy.integer("hushi.group_min_members", on=on, scope=group.port)
    return {
        "group_code": group.group_code,
        "name": group.name,
        "kind": group.kind,
        "port": group.port,
        "leader_id": None if group.leader_id is None else show("res", group.leader_id),
        "members": count,
        "members_advised": minimum,
        "below_advised": count < minimum,
    }


async def member_list(
    tx: Statements,
    group_code: str,
    vault: Vault,
    *,
    actor: Actor,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Members of a group by resident id, each with today's membership and mandate, or the next.

    A clerk sees the own group's, by name while they are members: whoever has not answered is asked
    by it. Anybody else reads names masked. Raises Refused NOT_FOUND.
    """
    group_code = (await record_get(tx, "groups", group_code)).group_code
    if actor.party_kind == "group" and not actor.is_party("group", group_code):
        raise Refused(NOT_FOUND.at())
    values = {
        "group_code": group_code,
        "day": business_day(datetime.now(UTC)),
        "after": decode_cursor(cursor),
        "rows": limit + 1,
    }
    rows = (await tx.execute(_MEMBERS, values)).all()
    own, day = actor.is_party("group", group_code), values["day"]

    def shown(row: Row) -> dict[str, Any]:
        is_member = row.joined_on <= day and (row.left_on is None or day < row.left_on)
        return _member(row, vault, whole=own and is_member)

    return page(rows, limit=limit, key=lambda r: r.resident_id, show=shown)


def _member(row: Row, vault: Vault, *, whole: bool) -> dict[str, Any]:
    name = json.loads(vault.open(row.sealed, context=SEALED_RESIDENT))["name"]
    return {
        "resident_id": show("res", row.resident_id),
        "name": name if whole else masked_name(name),
        "joined_on": row.joined_on,
        "left_on": row.left_on,
        "mandated": row.mandated,
        "mandated_from": row.mandated_from,
        "mandated_to": row.mandated_to,
    }


async def resident_get(
    tx: Statements, resident_id: UUID, vault: Vault, actor: Actor
) -> dict[str, Any]:
    """A filing with number, name and phone masked. Raises Refused NOT_FOUND.

    A resident sees their own, a clerk those of the group's members, a registrar all.
    """
    if not await _may_see(tx, resident_id, actor):
        raise Refused(NOT_FOUND.at())
    row = (await tx.execute(_RESIDENT, {"resident_id": resident_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    personal = json.loads(vault.open(row.sealed, context=SEALED_RESIDENT))
    return {
        "resident_id": show("res", row.resident_id),
        "resident_no": masked_number(personal["resident_no"]),
        "name": masked_name(personal["name"]),
        "sex": personal["sex"],
        "township": personal["township"],
        "phone": masked_phone(personal["phone"]),
        "filing_no": row.filing_no,
        "filed_on": row.filed_on.isoformat(),
        "valid_until": row.valid_until.isoformat(),
    }


async def _may_see(tx: Statements, resident_id: UUID, actor: Actor) -> bool:
    if actor.party_kind == "resident":
        return actor.is_party("resident", show("res", resident_id))
    if actor.party_kind == "group":
        values = {"group_code": actor.party_code, "resident_id": resident_id}
        return (await tx.execute(_IS_MEMBER, values)).first() is not None
    return _sees_everybody(actor)


def _sees_everybody(actor: Actor) -> bool:
    return actor.role == "registrar" or sees_all(actor)


async def residents_lookup(
    tx: Statements, numbers: Sequence[str], vault: Vault, actor: Actor
) -> list[dict[str, Any]]:
    """The filing behind each number, in the order asked; numbers are never repeated.

    A clerk finds the own group's members only; anybody else is answered like an unknown number.
    """
    numbers = [identity_number(number) for number in numbers]
    hashes = {n: vault.keyed_hash(n) for n in numbers if resident_no_is_valid(n)}
    if actor.party_kind != "group" and not _sees_everybody(actor):
        hashes = {}
    group = actor.party_code if actor.party_kind == "group" else None
    values = {"hashes": list(set(hashes.values())), "group_code": group}
    rows = (await tx.execute(_LOOKUP, values)).all()
    filed = {bytes(row.resident_no_hash): row for row in rows}
    return [_found(filed.get(hashes.get(number, b""))) for number in numbers]


def _found(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"filed": False, "resident_id": None}
    return {
        "filed": True,
        "resident_id": show("res", row.resident_id),
        "filing_no": row.filing_no,
        "filed_on": row.filed_on.isoformat(),
        "valid_until": row.valid_until.isoformat(),
    }


def officer_shown(row: Row) -> dict[str, Any]:
    """An officer without name."""
    return {
        "officer_id": show("ofc", row.officer_id),
        "badge_no": row.badge_no,
        "port": row.port,
        "team": row.team,
        "skills": list(row.skills),
        "active": row.active,
    }


_OFFICER = text("SELECT * FROM officers WHERE officer_id = :officer_id")
_OFFICER_OF_BADGE = text("SELECT * FROM officers WHERE badge_no = :badge_no")
_OFFICER_CONFLICTS = text(
    "SELECT party, declared_on, ended_on FROM conflicts WHERE officer_id = :officer_id"
    " ORDER BY party, declared_on"
)


async def officer_of_badge(tx: Statements, badge_no: str) -> dict[str, Any]:
    """A page with the one officer of a badge, or with none."""
    rows = await tx.execute(_OFFICER_OF_BADGE, {"badge_no": badge_no})
    return {"items": [officer_shown(row) for row in rows], "next_cursor": None}


async def officer_get(tx: Statements, officer_id: UUID, vault: Vault) -> dict[str, Any]:
    """An officer with masked name and declared conflicts. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_OFFICER, {"officer_id": officer_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    conflicts = (await tx.execute(_OFFICER_CONFLICTS, {"officer_id": officer_id})).all()
    return {
        **officer_shown(row),
        "name": masked_name(officer_name(row, vault)),
        "conflicts": [dict(c) for c in conflicts],
    }


def officer_name(row: Row, vault: Vault) -> str:
    """An officer's name, which nobody is shown whole."""
    return str(json.loads(vault.open(row.sealed, context=SEALED_OFFICER))["name"])


def enterprise_shown(row: Row) -> dict[str, Any]:
    """An enterprise as filed."""
    return {
        "enterprise_code": row.enterprise_code,
        "credit_code": row.credit_code,
        "name": row.name,
        "credit_level": row.credit_level,
        "port": row.port,
    }


async def enterprise_get(tx: Statements, code: str, actor: Actor) -> dict[str, Any]:
    """An enterprise with its processing filings; an enterprise sees itself only."""
    if actor.party_kind == "enterprise" and not actor.is_party("enterprise", code_of(code)):
        raise Refused(NOT_FOUND.at())
    row = await record_get(tx, "enterprises", code)
    filings = (await tx.execute(_FILINGS, {"code": row.enterprise_code})).all()
    return {**enterprise_shown(row), "processing_filings": [dict(f) for f in filings]}


_PORT_NAMES = text("SELECT port, name_zh, name_en FROM ports WHERE active ORDER BY port")


async def port_names(tx: Statements) -> Sequence[Row]:
    """The ports that work, by name."""
    return (await tx.execute(_PORT_NAMES)).all()


async def port_get(tx: Statements, port: str) -> dict[str, Any]:
    """A port with the countries its goods may come from. Raises Refused NOT_FOUND."""
    row = await record_get(tx, "ports", port)
    origins = (await tx.execute(_ORIGINS, {"port": row.port})).all()
    return {**row, "origins": [dict(o) for o in origins]}


_PAYER_ACCOUNTS = text("""
    SELECT party_key || ' ' || bank_bic AS place, party, bank_bic, sealed FROM payer_accounts
    WHERE (:of_all OR party = :party)
        AND (party_key, bank_bic) > (split_part(:after, ' ', 1), split_part(:after, ' ', 2))
    ORDER BY party_key, bank_bic LIMIT :rows
""")


async def payer_accounts(tx: Statements, actor: Actor, *, limit: int, after: str) -> Sequence[Row]:
    """Payers' accounts, as they are sealed: all for the registrar's office, the own for a payer."""
    of_all = _sees_everybody(actor)
    values = {"of_all": of_all, "party": actor.party, "after": after, "rows": limit + 1}
    return (await tx.execute(_PAYER_ACCOUNTS, values)).all()
