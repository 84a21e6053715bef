"""Groups, their members and residents, personal data as it is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import identity_number
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.vault import Vault
from services.registry.domain.rules.identity import resident_no_is_valid
from services.registry.queries.records import record_get, sees_everybody

# The membership that holds today, else the first one to come, else the last one.
_MEMBERS = Filtered("""
    SELECT DISTINCT ON (m.resident_id) m.resident_id, r.sealed, m.joined_on, m.left_on, m.mandated,
        m.mandated_from, m.mandated_to
    FROM v_memberships AS m JOIN residents AS r ON r.resident_id = m.resident_id
    WHERE m.group_code = :group_code AND ASKED(m.resident_id > :after)
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
_LOOKUP = Filtered(f"""
    SELECT r.resident_id, r.resident_no_hash, f.*
    FROM residents AS r, {_FILING} AS f
    WHERE r.resident_no_hash = ANY(:hashes)
        AND ASKED(EXISTS (
            SELECT 1 FROM memberships AS m
            WHERE m.resident_id = r.resident_id AND m.group_code = :group_code))
        AND ASKED(EXISTS (
            SELECT 1 FROM v_tickets AS t JOIN v_lots AS l ON l.lot_id = t.lot_id
            WHERE t.resident_id = r.resident_id AND l.port = :port))
""")
_IS_MEMBER = text(
    "SELECT 1 FROM memberships WHERE group_code = :group_code AND resident_id = :resident_id"
)


async def group_get(tx: Statements, code: str, *, on: date) -> tuple[Row, int]:
    """A group and how many members it has on a day. Raises Refused NOT_FOUND."""
    group = await record_get(tx, "groups", code)
    counted = {"group_code": group.group_code, "day": on}
    members: int = (await tx.execute(_MEMBER_COUNT, counted)).scalar_one()
    return group, members


async def member_list(
    tx: Statements, group_code: str, actor: Actor, *, on: date, after: UUID | None, rows: int
) -> list[Row]:
    """Members of a group by resident id, each with a day's membership and mandate, or the next.

    A clerk sees the own group's. Raises Refused NOT_FOUND.
    """
    group_code = (await record_get(tx, "groups", group_code)).group_code
    if actor.party_kind == "group" and not actor.is_party("group", group_code):
        raise Refused(NOT_FOUND.at())
    values = {"group_code": group_code, "day": on, "after": after, "rows": rows}
    return (await tx.execute(_MEMBERS, values)).all()


async def resident_get(tx: Statements, resident_id: UUID, actor: Actor) -> Row:
    """A filing, what is personal sealed. Raises Refused NOT_FOUND.

    A resident sees their own, a clerk those of the group's members, a registrar all.
    """
    if not await _may_see(tx, resident_id, actor):
        raise Refused(NOT_FOUND.at())
    row = (await tx.execute(_RESIDENT, {"resident_id": resident_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def _may_see(tx: Statements, resident_id: UUID, actor: Actor) -> bool:
    if actor.party_kind == "resident":
        return actor.is_party("resident", show("res", resident_id))
    if actor.party_kind == "group":
        values = {"group_code": actor.party_code, "resident_id": resident_id}
        return (await tx.execute(_IS_MEMBER, values)).first() is not None
    return sees_everybody(actor)


async def residents_lookup(
    tx: Statements, numbers: Sequence[str], vault: Vault, actor: Actor
) -> list[Row | None]:
    """The filing behind each number, in the order asked, None of one that is not filed.

    A clerk finds the own group's members only, an officer whoever has had a share in a lot at the
    own port; anybody else is answered like an unknown number.
    """
    numbers = [identity_number(number) for number in numbers]
    hashes = {n: vault.keyed_hash(n) for n in numbers if resident_no_is_valid(n)}
    is_officer = actor.role == "officer"
    if actor.party_kind != "group" and not is_officer and not sees_everybody(actor):
        hashes = {}
    group = actor.party_code if actor.party_kind == "group" else None
    port = (actor.port or "") if is_officer else None
    values = {"hashes": list(set(hashes.values())), "group_code": group, "port": port}
    rows = (await tx.execute(_LOOKUP, values)).all()
    filed = {bytes(row.resident_no_hash): row for row in rows}
    return [filed.get(hashes.get(number, b"")) for number in numbers]
