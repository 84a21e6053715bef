"""Risk rules on the work list: they wait for a second officer, whoever that is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.services.window.test_work import WORK, waiting
from tests.support.harbour import Harbour
from tests.support.on_file import officers_as


def worded() -> dict[str, Any]:
    """A rule that hits nothing of anybody's."""
    return {
        "code": f"WORK_{uuid4().hex[:8].upper()}",
        "title": "test",
        "lane": "YELLOW",
        "expression": "pieces > 100000",
        "example": {"pieces": 100001},
        "authority": "test",
        "effective_from": "2020-01-01",
    }


async def test_a_rule_waits_for_every_risk_officer_but_whoever_proposed_it(
    harbour: Harbour,
) -> None:
    author, other = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    rule = worded()
    rule_id = str((await author.post("/risk/v1/rules", rule))["rule_id"])
    path = f"/risk/v1/rules/{rule_id}"

    async def lists() -> list[list[tuple[str, str]]]:
        return [await waiting(one, rule_id) for one in (author, other)]

    proposed = await lists()
    (item,) = [i for i in (await other.get(WORK, limit=200))["items"] if i["case_id"] == rule_id]
    (count,) = (await other.get(WORK, limit=1, kind="lot"))["counts"]
    nothing = [
        await waiting(other, rule_id, **asked)
        for asked in ({"kind": "lot"}, {"port": "DONGXING"}, {"code": "RULE_RETIREMENT"})
    ]
    asked = await waiting(other, rule_id, kind="risk_rule", code="RULE_APPROVAL")
    await other.sign(path, "decision", {"approve": True})
    decided = await lists()
    # Who ends it is the other way round: what counts is who took this first step.
    ends = {"ends_on": "2099-01-01", "grounds": "no longer needed"}
    await other.sign(path, "retirement", ends)
    ending = await lists()
    await author.sign(path, "retirement/decision", {"approve": True})

    assert (proposed, decided) == ([[], [(rule_id, "RULE_APPROVAL")]], [[], []])
    assert (item["kind"], item["state"], item["reference"]) == (
        "risk_rule",
        "PROPOSED",
        rule["code"],
    )
    assert (item["own"], item["due_at"], item["port"]) == (False, None, None)
    assert (count["kind"], count["count"] >= 1) == ("risk_rule", True)
    assert (nothing, asked) == ([[], [], []], [(rule_id, "RULE_APPROVAL")])
    assert ending == [[(rule_id, "RULE_RETIREMENT")], []]
    assert await lists() == [[], []]


async def test_rules_that_wait_are_read_page_by_page(harbour: Harbour) -> None:
    author, other = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    own = []
    for _ in range(3):
        own.append(str((await author.post("/risk/v1/rules", worded()))["rule_id"]))
    found: list[str] = []
    cursor = None
    while True:
        page = await other.get(WORK, limit=2, **({} if cursor is None else {"cursor": cursor}))
        found += [item["case_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    for rule_id in own:
        await other.sign(f"/risk/v1/rules/{rule_id}", "decision", {"approve": False})

    assert [one for one in found if one in own] == own
    assert len(found) == len(set(found))
