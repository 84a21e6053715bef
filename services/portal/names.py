"""Parties and goods by name on pages that show their codes: one read a page, whatever it lists, and
one for each hundred parties of a file; none where what is listed says the names itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.platform.language import CHINESE
from services.portal.interface import Away, Problem
from services.portal.shared import Shared
from services.portal.visit import Visit

_NAMES: Final = "/registry/v1/names"
_BANKS: Final = "/registry/v1/bank-names"
_GOODS: Final = "/law/v1/commodity-names"
_ASKED: Final = ("group", "enterprise", "seller")
"""Kinds of party that are asked for; banks are the same to all, and people have no name here."""
_MOST: Final = 100
"""So many are told at once: more than any page lists of them."""


BANKS: Final = "bank:"
"""All banks, where a page may name any."""


def parties_to(payment: Mapping[str, Any]) -> list[str]:
    """Whom a payment's row names: who pays, who is paid, and by which bank."""
    return [
        payment["buyer"],
        f"seller:{payment['seller_code']}",
        f"bank:{payment['bank_bic']}",
    ]


def parties_of(lot: Mapping[str, Any]) -> list[str]:
    """Whom a lot's page names: its group, and the seller's bank where it is on file here."""
    group = lot["group_code"]
    return [f"bank:{lot['seller_bank_bic']}", *([f"group:{group}"] if group else [])]


def declarants_called(orders: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Who declared the lots of inspection orders, by the names that the orders say."""
    lots = [order["lot"] for order in orders]
    return {lot["declarant"]: lot["declarant_name"] for lot in lots if lot["declarant_name"]}


async def call_by_name(
    visit: Visit, parties: Iterable[str | None], cases: Iterable[str] = ()
) -> None:
    """From now on these parties stand on the visit's page by name, as far as whoever looks is told
    their names, by the post or in these cases; the others by their codes, as all do while no names
    are to be had."""
    wanted = dict.fromkeys(party for party in parties if party and party not in visit.called)
    if any(party.startswith("bank:") for party in wanted):
        visit.called |= await _banks(visit.portal.shared)
    asked = [party for party in wanted if party.partition(":")[0] in _ASKED][:_MOST]
    if not asked:
        return
    among = ",".join(list(dict.fromkeys(cases))[:_MOST]) or None
    try:
        found = await visit.calls.get(_NAMES, parties=",".join(asked), cases=among)
    except (Problem, Away):
        return
    visit.called |= {one["party"]: one["name"] for one in found["items"]}


async def call_all_by_name(visit: Visit, told_in: Mapping[str, str | None]) -> None:
    """The same of however many parties, each with a case in which whoever looks is told its name,
    where there is one: so many at once as the interface takes."""
    named = [one for one in told_in if one.partition(":")[0] in (*_ASKED, "bank")]
    for start in range(0, len(named), _MOST):
        parties = named[start : start + _MOST]
        cases = (told_in[party] for party in parties)
        await call_by_name(visit, parties, (case for case in cases if case))


async def call_goods(visit: Visit, codes: Iterable[str | None]) -> None:
    """From now on these commodity codes stand on the visit's page with what their lines are
    called, in Chinese, or in English to whoever reads another language; by themselves while no
    names are to be had."""
    asked = list(dict.fromkeys(code for code in codes if code))[:_MOST]
    if not asked:
        return
    try:
        found = await visit.calls.get(_GOODS, codes=",".join(asked))
    except (Problem, Away):
        return
    name = "name_zh" if visit.language == CHINESE else "name_en"
    visit.called |= {f"goods:{one['hs_code']}": one[name] for one in found["items"]}


async def _banks(shared: Shared) -> dict[str, str]:
    told = await shared.get(_BANKS)
    items = [] if told is None else told.body["items"]
    return {f"bank:{one['bic']}": one["name"] for one in items}
