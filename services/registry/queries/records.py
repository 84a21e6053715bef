"""What is on file of parties, officers and ports, and by what it is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.kernel.canonical import bic, number_key
from services.kernel.canonical import code as code_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered
from services.platform.vault import Vault
from services.platform.visibility import sees_all
from services.registry.domain.model import SEALED_OFFICER

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
_FILINGS = text("""
    SELECT hs_prefix, filed_from, filed_to, yearly_capacity_kg, filing_no
    FROM processing_filings WHERE enterprise_code = :code ORDER BY hs_prefix, filed_from
""")
_ORIGINS = text("""
    SELECT country, effective_from, effective_to, authority FROM v_port_origins
    WHERE port = :port ORDER BY country, effective_from
""")

_BANK_KEYS = Filtered(f"""
    SELECT *, {version_of("key_id")} FROM bank_keys
    WHERE bic = :bic AND ASKED(key_id > :after)
    ORDER BY key_id LIMIT :rows
""")
_BANK_KEY = text(f"SELECT *, {version_of('key_id')} FROM bank_keys WHERE key_id = :key_id")


async def record_list(tx: Statements, kind: str, *, after: str, rows: int) -> list[Row]:
    """Records of one kind in the order of their code, which is the first of their columns."""
    return (await tx.execute(_LISTS[kind], {"after": after, "rows": rows})).all()


async def bank_keys(
    tx: Statements, actor: Actor, of: str, *, after: UUID | None, rows: int
) -> list[Row]:
    """The keys that were proposed for a bank, oldest first. Raises Refused NOT_FOUND."""
    of = (await record_get(tx, "banks", of)).bic
    _require_own(actor, of)
    return (await tx.execute(_BANK_KEYS, {"bic": of, "after": after, "rows": rows})).all()


async def bank_key_get(tx: Statements, actor: Actor, key_id: UUID) -> Row:
    """A key that was proposed for a bank. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_BANK_KEY, {"key_id": key_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    _require_own(actor, row.bic)
    return row


def _require_own(actor: Actor, bic: str) -> None:
    """A bank reads of its own keys alone. Raises Refused NOT_FOUND."""
    if actor.party_kind == "bank" and not actor.is_party("bank", bic):
        raise Refused(NOT_FOUND.at())


async def record_get(tx: Statements, kind: str, code: str) -> Row:
    """One record by its code, however that is spelled. Raises Refused NOT_FOUND."""
    statement, spelled = _ONE[kind]
    found = (await tx.execute(statement, {"code": spelled(code)})).one_or_none()
    if found is None:
        raise Refused(NOT_FOUND.at())
    return found


_OFFICER = text("SELECT * FROM officers WHERE officer_id = :officer_id")
_OFFICER_OF_BADGE = text("SELECT * FROM officers WHERE badge_no = :badge_no")
_OFFICER_CONFLICTS = text(
    "SELECT party, declared_on, ended_on FROM conflicts WHERE officer_id = :officer_id"
    " ORDER BY party, declared_on"
)


async def officer_of_badge(tx: Statements, badge_no: str) -> list[Row]:
    """The one officer of a badge, or none."""
    return (await tx.execute(_OFFICER_OF_BADGE, {"badge_no": badge_no})).all()


async def officer_get(tx: Statements, officer_id: UUID) -> tuple[Row, list[Row]]:
    """An officer, the name sealed, and the declared conflicts. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_OFFICER, {"officer_id": officer_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row, (await tx.execute(_OFFICER_CONFLICTS, {"officer_id": officer_id})).all()


def officer_name(row: Row, vault: Vault) -> str:
    """An officer's name, which nobody is shown whole."""
    return str(json.loads(vault.open(row.sealed, context=SEALED_OFFICER))["name"])


async def enterprise_get(tx: Statements, code: str, actor: Actor) -> tuple[Row, list[Row]]:
    """An enterprise and its processing filings; an enterprise sees itself only."""
    if actor.party_kind == "enterprise" and not actor.is_party("enterprise", code_of(code)):
        raise Refused(NOT_FOUND.at())
    row = await record_get(tx, "enterprises", code)
    return row, (await tx.execute(_FILINGS, {"code": row.enterprise_code})).all()


_PORT_NAMES = text("SELECT port, name_zh, name_en FROM ports WHERE active ORDER BY port")


async def port_names(tx: Statements) -> Sequence[Row]:
    """The ports that work, by name."""
    return (await tx.execute(_PORT_NAMES)).all()


async def port_get(tx: Statements, port: str) -> tuple[Row, list[Row]]:
    """A port and the countries its goods may come from. Raises Refused NOT_FOUND."""
    row = await record_get(tx, "ports", port)
    return row, (await tx.execute(_ORIGINS, {"port": row.port})).all()


_PAYER_ACCOUNTS = text("""
    SELECT party_key || ' ' || bank_bic AS place, party, bank_bic, sealed FROM payer_accounts
    WHERE (:of_all OR party = :party)
        AND (party_key, bank_bic) > (split_part(:after, ' ', 1), split_part(:after, ' ', 2))
    ORDER BY party_key, bank_bic LIMIT :rows
""")


def sees_everybody(actor: Actor) -> bool:
    """Whether all that is on file is the actor's to read: the registrar's office, and auditors."""
    return actor.role == "registrar" or sees_all(actor)


async def payer_accounts(tx: Statements, actor: Actor, *, limit: int, after: str) -> Sequence[Row]:
    """Payers' accounts, as they are sealed: all for the registrar's office, the own for a payer."""
    of_all = sees_everybody(actor)
    values = {"of_all": of_all, "party": actor.party, "after": after, "rows": limit + 1}
    return (await tx.execute(_PAYER_ACCOUNTS, values)).all()
