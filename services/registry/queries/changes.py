"""What is proposed, for those whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import number_key
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.columns import account_key_of
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered
from services.platform.vault import Vault
from services.registry.domain.model import SEALED_CHANGE
from services.registry.domain.proposed import Proposed, reads_all

_CHANGE_SHOWN: Final = f"""
    change_id, kind, subject, state, proposed_at, confirm_from, decided_at, filing, records,
    {version_of("change_id")}
"""
# Who is not of the registrar's office or an auditor reads of what concerns them, and who deals with
# sellers, of these.
_CHANGE_SEEN: Final = """
    (:of_all OR (:deals AND kind = 'sellers') OR concerns @> ARRAY[CAST(:party AS text)])
"""
_CHANGES = Filtered(f"""
    SELECT {_CHANGE_SHOWN} FROM register_changes
    WHERE ASKED(state = :state)
        AND ASKED(change_id > :after) AND {_CHANGE_SEEN}
    ORDER BY change_id LIMIT :rows
""")
_CHANGE = text(f"""
    SELECT {_CHANGE_SHOWN}, sealed FROM register_changes WHERE change_id = :id AND {_CHANGE_SEEN}
""")


# Of an account that is none nobody else is paid to it.
_ALSO_OF = text(f"""
    WITH asked AS (
        SELECT code, code_key, left(bic, 8) AS bank, {account_key_of("account")} AS key
        FROM unnest(
            CAST(:codes AS text[]), CAST(:code_keys AS text[]), CAST(:bics AS text[]),
            CAST(:accounts AS text[])
        ) AS r (code, code_key, bic, account)
    )
    SELECT s.seller_code AS code FROM asked AS a JOIN sellers AS s
        ON left(s.bank_bic, 8) = a.bank AND {account_key_of("s.account")} = a.key
    WHERE s.code_key <> a.code_key AND a.key <> ''
    UNION
    SELECT o.code FROM asked AS a JOIN asked AS o USING (bank, key)
    WHERE o.code_key <> a.code_key AND a.key <> ''
    ORDER BY code
""")


async def accounts_also_of(
    tx: Statements, kind: str, rows: Sequence[dict[str, Any]], actor: Actor
) -> list[str] | None:
    """Which other sellers are paid to an account that a proposal names, for who is to confirm it.

    A house may sell under several names; whether these do, a person asks.
    """
    if kind != "sellers" or actor.party_kind != "platform":
        return None
    values = {
        "codes": [row["seller_code"] for row in rows],
        "code_keys": [number_key(row["seller_code"]) for row in rows],
        "bics": [row["bank_bic"] for row in rows],
        "accounts": [row["account"] for row in rows],
    }
    return list((await tx.execute(_ALSO_OF, values)).scalars())


def _reader(actor: Actor) -> dict[str, Any]:
    deals = actor.party_kind in ("resident", "group")
    return {"of_all": reads_all(actor), "deals": deals, "party": actor.party}


async def change_list(
    tx: Statements, actor: Actor, *, state: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """Proposals that concern the actor, oldest first."""
    values = {"state": state, "after": after, "rows": rows, **_reader(actor)}
    return (await tx.execute(_CHANGES, values)).all()


async def change_get(
    tx: Statements, change_id: UUID, vault: Vault, actor: Actor
) -> tuple[Row, list[dict[str, Any]]]:
    """A proposal and, of its records, those that the actor may read. Raises Refused NOT_FOUND."""
    found = (await tx.execute(_CHANGE, {"id": change_id, **_reader(actor)})).one_or_none()
    if found is None:
        raise Refused(NOT_FOUND.at())
    proposed = Proposed.read(vault.open(found.sealed, context=SEALED_CHANGE))
    return found, proposed.told(found.kind, actor)
