"""Which lots a rule hit: its officers read it, each of the own port."""

from __future__ import annotations

from uuid import uuid4

from tests.support.asleep import Asleep
from tests.support.on_file import officers_as

RULES = "/risk/v1/rules"


async def test_a_rule_names_the_lots_that_it_hit_the_newest_first_to_its_port(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    desk = (harbour.window.parties, harbour.window.sql, "risk_officer")
    first, second = await officers_as(*desk, port=harbour.port)
    group = await harbour.group(1)
    party = f"group:{group.code}"
    worded = {
        "code": f"HITS_{uuid4().hex[:8].upper()}",
        "title": "lots of one group",
        "lane": "YELLOW",
        "expression": f"party == '{party}'",
        "example": {"party": party},
        "authority": "test",
        "effective_from": "2020-01-01",
    }
    rule = await first.post(RULES, worded)
    path = f"{RULES}/{rule['rule_id']}"
    await second.post(f"{path}/decision", {"approve": True})
    lots = []
    for _ in range(2):
        lots.append(await harbour.confirmed(group, values=["10.00"]))
        await asleep.attended(lots[-1])
    await harbour.confirmed(await harbour.group(1), values=["10.00"])
    page = await first.get(f"{path}/hits", limit=1)
    rest = await first.get(f"{path}/hits", limit=1, cursor=page["next_cursor"])
    assert [one["lot_id"] for one in (*page["items"], *rest["items"])] == lots[::-1]
    assert rest["next_cursor"] is None
    assert worded["code"] in page["items"][0]["reasons"]
    other, _ = await officers_as(*desk)
    assert (await other.get(f"{path}/hits"))["items"] == []
