"""Whose code it is: the names of groups, enterprises, banks and sellers, for whoever is shown their
codes.

Who is filed is no secret of its own; that somebody has a part in a case is. So a name is told to
whoever reads others' cases by the post, and else to the parties of the same case or sale. Natural
persons are named nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from sqlalchemy import text

from services.kernel.canonical import bic, number_key
from services.kernel.canonical import code as code_of
from services.kernel.identifiers import case_uuid, is_case
from services.kernel.messages import Actor
from services.platform.database import Row, Statements
from services.platform.visibility import resident_of

_BY_POST: Final = frozenset({"officer", "gate", "platform", "auditor"})
_SELLERS: Final = frozenset({"group", "resident"})
"""Kinds of party that sell at the second market, and buy across the border."""
_SPELLED: Final[dict[str, Callable[[str], str]]] = {
    "group": number_key,
    "enterprise": code_of,
    "bank": bic,
    "seller": number_key,
}
_TOGETHER: Final = """EXISTS (
        SELECT FROM cases AS c
        WHERE c.case_id = ANY(CAST(:cases AS uuid[])) AND c.readers @> ARRAY[{party}, :own]
    )"""
_NAMED: Final = text(f"""
    SELECT 'group:' || g.group_code AS party, g.name FROM groups AS g
    WHERE g.code_key = ANY(CAST(:group AS text[])) AND (
        :of_groups OR EXISTS (
            SELECT FROM memberships AS m
            WHERE m.group_code = g.group_code AND m.resident_id = CAST(:resident_id AS uuid)
        ) OR EXISTS (
            SELECT FROM v_sale_offers AS s JOIN v_factory_orders AS o ON o.order_id = s.order_id
            WHERE s.offered_by = 'group:' || g.group_code
                AND 'enterprise:' || o.enterprise_code = :own
        ) OR {_TOGETHER.format(party="'group:' || g.group_code")}
    )
    UNION ALL
    SELECT 'enterprise:' || e.enterprise_code, e.name FROM enterprises AS e
    WHERE e.enterprise_code = ANY(CAST(:enterprise AS text[])) AND (
        :of_enterprises OR 'enterprise:' || e.enterprise_code = :own OR :sells AND EXISTS (
            SELECT FROM v_factory_orders AS o
            WHERE o.enterprise_code = e.enterprise_code AND o.state = 'OPEN'
        ) OR {_TOGETHER.format(party="'enterprise:' || e.enterprise_code")}
    )
    UNION ALL
    SELECT 'bank:' || b.bic, b.name FROM banks AS b
    WHERE b.bic = ANY(CAST(:bank AS text[]))
    UNION ALL
    SELECT 'seller:' || s.seller_code, s.name FROM sellers AS s
    WHERE s.code_key = ANY(CAST(:seller AS text[])) AND (
        :of_sellers OR EXISTS (
            SELECT FROM v_settlements AS p JOIN cases AS c ON c.case_id = p.instruction_id
            WHERE p.instruction_id = ANY(CAST(:cases AS uuid[]))
                AND p.seller_code = s.seller_code AND c.readers @> ARRAY[:own]
        )
    )
    ORDER BY party
""")
_BANKS: Final = text("SELECT bic, name FROM banks ORDER BY bic")


async def bank_names(tx: Statements) -> Collection[Row]:
    """The banks by name: rota and prices say them by code to everybody."""
    return (await tx.execute(_BANKS)).all()


async def names_of(
    tx: Statements, actor: Actor, parties: Iterable[str], cases: Iterable[str]
) -> Collection[Row]:
    """The names of these parties, as far as the actor may read them.

    A clerk reads those of all groups, as in their list; a resident those of the own ones; sellers
    those of factories whose orders are open; a factory those of the groups that offer it a lot; and
    whoever reads one of these cases those of the others who do. A seller across the border is
    named to groups and residents, as in the register's list, and to whoever reads a payment to it.
    """
    asked: dict[str, list[str]] = {kind: [] for kind in _SPELLED}
    for party in parties:
        kind, _, written = party.partition(":")
        if kind in asked:
            asked[kind].append(_SPELLED[kind](written))
    by_post = actor.party_kind in _BY_POST
    values: dict[str, Any] = {
        **asked,
        "of_groups": by_post or actor.party_kind == "group",
        "of_enterprises": by_post,
        "of_sellers": by_post or actor.party_kind in _SELLERS,
        "sells": actor.party_kind in _SELLERS,
        "own": actor.party,
        "resident_id": resident_of(actor),
        "cases": [case_uuid(case) for case in cases if is_case(case)],
    }
    return (await tx.execute(_NAMED, values)).all()
