"""What is kept to be found quickly, or counted up, changed by hand: verify names it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.derived import differing_derived
from services.kernel.identifiers import case_uuid, show
from tests.support.deciding import called_in
from tests.support.factory import factory_filed, released
from tests.support.harbour import RED_GOODS, Harbour
from tests.support.on_file import officers_as
from tests.support.paying import quoted
from tests.support.tampering import change, unchecked

pytestmark = pytest.mark.slow

REACH: Final = "control_reach is not by what the control is found"
UNTIL: Final = "selections.ended_at is not as the lot stands"
SELECTED: Final = "selections is not by what the log knows the goods again"
BOUGHT: Final = "capacity_years.bought_kg is not the sum of what was bought"
ENDED: Final = "pooled_prices.ended_at is not when the log ends the price"


class Elsewhere:
    """A connection whose rows come one after another, as a transaction's do."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def each(self, statement: Any) -> AsyncIterator[Any]:
        for row in (await self._connection.execute(statement)).all():
            yield row


async def said(connection: AsyncConnection, ours: str) -> list[str]:
    """What verify says of one of ours: neighbours leave theirs in the same tables."""
    tx: Any = Elsewhere(connection)
    return [what async for where, what in differing_derived(tx) if where.startswith(ours)]


@pytest.fixture(scope="module")
async def ours(harbour: Harbour) -> dict[str, str]:
    """A control that stands and one that was lifted, goods that were selected in each way and some
    that were not, a factory that has bought, a price that was ended."""
    risk, second = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    control = {"kind": "hs_prefix", "lane": "RED", "grounds": "t", "effective_from": "2098-01-01"}
    set_ = [
        (await risk.post("/risk/v1/controls", {**control, "value": value}))["control_id"]
        for value in ("970110", "970190")
    ]
    await second.post(f"/risk/v1/controls/{set_[1]}/lift")
    red = await harbour.inspected(await harbour.group(), hs_code=RED_GOODS)
    factory = await factory_filed(harbour.window)
    bought = await released(harbour.window, await harbour.window.group(1), kg_each="100")
    await factory.buy(bought)
    return {
        "standing": set_[0],
        "lifted": set_[1],
        "selected": red["lot_id"],
        "called": await called_in(harbour),
        "green": await harbour.released(await harbour.group(1), values=["10.00"]),
        "factory": f"enterprise:{factory.code}",
        "price": (await quoted(harbour))["prc"],
    }


async def test_of_what_nobody_touched_nothing_is_said(
    ours: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert {of: await said(by_hand, one) for of, one in ours.items()} == {of: [] for of in ours}


TRIED: Final = (
    ("standing", REACH, "DELETE FROM control_reach WHERE control_id = '{0}'"),
    ("standing", REACH, "UPDATE control_reach SET key = '9702' WHERE control_id = '{0}'"),
    ("standing", REACH, "UPDATE control_reach SET kind = 'party' WHERE control_id = '{0}'"),
    ("lifted", REACH, "INSERT INTO control_reach VALUES ('goods', '970190', '{0}')"),
    ("selected", SELECTED, "DELETE FROM selections WHERE lot_id = '{0}' AND key LIKE 'truck:%'"),
    ("selected", SELECTED, "UPDATE selections SET lane = 'YELLOW' WHERE lot_id = '{0}'"),
    ("selected", SELECTED, "UPDATE selections SET key = key || 'X' WHERE lot_id = '{0}'"),
    ("selected", UNTIL, "UPDATE selections SET ended_at = '-infinity' WHERE lot_id = '{0}'"),
    ("selected", UNTIL, "UPDATE selections SET ended_at = now() WHERE lot_id = '{0}'"),
    ("called", SELECTED, "DELETE FROM selections WHERE lot_id = '{0}'"),
    ("green", SELECTED, "INSERT INTO selections VALUES ('truck:X1', '{0}', 'RED', '-infinity')"),
    ("price", ENDED, "UPDATE pooled_prices SET ended_at = NULL WHERE price_id = '{0}'"),
    (
        "price",
        ENDED,
        "UPDATE pooled_prices SET ended_at = ended_at + interval '1 hour' WHERE price_id = '{0}'",
    ),
)


@pytest.mark.parametrize(("of", "named", "done"), TRIED)
async def test_what_follows_from_the_log_changed_by_hand_is_named(
    ours: dict[str, str], by_hand: AsyncConnection, of: str, named: str, done: str
) -> None:
    await by_hand.execute(text(done.format(case_uuid(ours[of]))))
    assert await said(by_hand, ours[of]) == [named]


@pytest.mark.parametrize("becomes", ["bought_kg + 1", "bought_kg - 1"])
async def test_a_years_capacity_changed_by_hand_is_named(
    ours: dict[str, str], by_hand: AsyncConnection, becomes: str
) -> None:
    of = f"enterprise_code = '{ours['factory'].partition(':')[2]}'"
    await unchecked(by_hand, "capacity_years")
    await by_hand.execute(text(f"UPDATE capacity_years SET bought_kg = {becomes} WHERE {of}"))
    assert await said(by_hand, ours["factory"]) == [BOUGHT]


async def test_capacity_moved_from_one_filing_to_another_is_named_where_purchases_say_which(
    ours: dict[str, str], by_hand: AsyncConnection
) -> None:
    of = f"enterprise_code = '{ours['factory'].partition(':')[2]}'"
    await by_hand.execute(text(f"UPDATE capacity_years SET hs_prefix = '99' WHERE {of}"))
    assert await said(by_hand, ours["factory"]) == [BOUGHT]
    # Purchases of a version before say only how much was bought.
    await by_hand.execute(
        text(
            "UPDATE events SET body = replace(body, '\"hs_prefix\"', '\"unsaid\"')"
            f" WHERE type = 'LotBought' AND body LIKE '%{ours['factory'].partition(':')[2]}%'"
        )
    )
    assert await said(by_hand, ours["factory"]) == []


async def test_goods_of_which_a_version_before_said_no_keys_vouch_for_none(
    ours: dict[str, str], by_hand: AsyncConnection
) -> None:
    of = case_uuid(ours["selected"])
    unsaid = "UPDATE events SET body = replace(body, '\"known_by\"', '\"unsaid\"')"
    await by_hand.execute(text(f"{unsaid} WHERE case_id = '{of}' AND type = 'LotScreened'"))
    await by_hand.execute(text(f"DELETE FROM selections WHERE lot_id = '{of}'"))
    assert await said(by_hand, ours["selected"]) == []


@pytest.mark.parametrize("counter", ["rule_book", "policy_version"])
async def test_a_counter_set_back_by_hand_is_named(
    ours: dict[str, str], by_hand: AsyncConnection, counter: str
) -> None:
    assert ours
    assert await said(by_hand, counter) == []
    await by_hand.execute(text(f"UPDATE {counter} SET version = 0"))
    assert await said(by_hand, counter) == [f"{counter}.version is lower than the log has seen"]


AGAIN: Final = (
    ("purchases", "hs_code", "purchases.hs_code is not the lot's", "pur", "purchases"),
    ("receipts", "material_hs", "receipts.material_hs is not the purchase's", "pur", "purchases"),
    (
        "bank_disputes",
        "bank_bic",
        "bank_disputes.bank_bic is not the payment's",
        "dsp",
        "bank_disputes",
    ),
)
ONE: Final = {
    "pur": "SELECT purchase_id FROM purchases WHERE lot_id = '{0}'",
    "dsp": "SELECT dispute_id FROM bank_disputes WHERE instruction_id = '{0}' LIMIT 1",
}
KEY: Final = {"pur": "purchase_id", "dsp": "dispute_id"}


@pytest.mark.parametrize(("table", "column", "named", "kind", "of"), AGAIN)
async def test_what_one_row_says_again_of_another_changed_by_hand_is_named(
    told: dict[str, str],
    by_hand: AsyncConnection,
    table: str,
    column: str,
    named: str,
    kind: str,
    of: str,
) -> None:
    case = told[of]
    one = await by_hand.scalar(text(ONE[kind].format(case_uuid(case))))
    assert await said(by_hand, show(kind, one)) == []
    await change(by_hand, table, column, f"{KEY[kind]} = '{one}'")
    assert named in await said(by_hand, show(kind, one))


async def test_a_price_that_was_used_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert await said(by_hand, told["qte"]) == []
    await change(by_hand, "firm_quotes", "used_by", f"quote_id = '{case_uuid(told['qte'])}'")
    assert await said(by_hand, told["qte"]) == ["firm_quotes.used_by is not the payment made at it"]
