"""What another's act ends, or replaces, changed by hand: verify names it."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.ends import differing_ends
from services.kernel.identifiers import case_uuid
from tests.support.harbour import GREEN_GOODS, Harbour
from tests.support.on_file import officers_as
from tests.support.tampering import change, unchecked
from tests.support.window import Window

pytestmark = pytest.mark.slow

RULE: Final = "risk_rules.effective_to is not where the log ends it"
LEVEL: Final = "credit_decisions has another level in force, or from or to another day"
NAME: Final = "name_freezes says otherwise than the log whether the name is frozen"


class Elsewhere:
    """A connection whose rows come one after another, as a transaction's do."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def each(self, statement: Any) -> Any:
        for row in (await self._connection.execute(statement)).all():
            yield row


async def said(connection: AsyncConnection, *ours: str) -> list[str]:
    """What verify says of what ends, of ours alone: neighbours leave theirs in the same tables."""
    tx: Any = Elsewhere(connection)
    return [what async for where, what in differing_ends(tx) if where in ours]


@pytest.fixture(scope="module")
async def rules(harbour: Harbour) -> dict[str, str]:
    """A rule that was retired, one whose retirement was refused, one replaced, and what did it."""
    return {
        "retired": await in_force(harbour.window, ends_on="2099-01-01", approve=True),
        "kept": await in_force(harbour.window, ends_on="2099-01-01", approve=False),
        **await replaced(harbour.window),
    }


async def in_force(window: Window, *, ends_on: str | None = None, **how: Any) -> str:
    """A rule that two approved; where it is to end, two decided that too."""
    author, second = await officers_as(window.parties, window.sql, "risk_officer")
    rule = {
        **{"code": f"R{uuid4().hex[:8].upper()}", "title": "test", "lane": "YELLOW"},
        **{"expression": f"hs_code == '{GREEN_GOODS}9'", "example": {"hs_code": f"{GREEN_GOODS}9"}},
        **{"authority": "test", "effective_from": "2098-01-01"},
        **{name: value for name, value in how.items() if name != "approve"},
    }
    rule_id = str((await author.post("/risk/v1/rules", rule))["rule_id"])
    path = f"/risk/v1/rules/{rule_id}"
    await second.post(f"{path}/decision", {"approve": True})
    if ends_on is not None:
        await author.post(f"{path}/retirement", {"ends_on": ends_on, "grounds": "it is over"})
        await second.post(f"{path}/retirement/decision", {"approve": how["approve"]})
    return rule_id


async def replaced(window: Window) -> dict[str, str]:
    code = f"R{uuid4().hex[:8].upper()}"
    first = await in_force(window, code=code)
    return {
        "replaced": first,
        "instead": await in_force(window, code=code, effective_from="2098-06-01"),
    }


@pytest.fixture(scope="module")
async def party(harbour: Harbour) -> str:
    """A group whose level two officers changed and changed again."""
    party = f"group:{(await harbour.group(1)).code}"
    path = "/accreditation/v1/credit-levels"
    for body in (
        {"level": "DISHONEST", "grounds": "SMUGGLING"},
        {"level": "SERIOUSLY_DISHONEST", "grounds": "SMUGGLING"},
    ):
        first, second = [harbour.officer(await harbour.hire()) for _ in range(2)]
        proposed = await first.post(path, {**body, "party": party})
        signed = f"{path}/{proposed['credit_id']}/countersignature"
        await second.post(signed, {"agree": True})
    return party


@pytest.fixture(scope="module")
async def names(harbour: Harbour) -> dict[str, str]:
    """A name that its bearer froze, and one that was frozen and thawed."""
    return {
        "frozen": await named(harbour, True),
        "thawed": await named(harbour, True, False),
    }


async def named(harbour: Harbour, *frozen: bool) -> str:
    (number,) = (await harbour.group(1)).residents
    resident = await harbour.window.resident_id(number)
    bearer = harbour.window.parties.act_as("resident", f"resident:{resident}")
    for one in frozen:
        path = f"/declaration/v1/residents/{resident}/name-freezes"
        await bearer.post(path, {"frozen": one})
    return str(resident)


async def test_of_what_nobody_touched_nothing_is_said(
    rules: dict[str, str], party: str, names: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert await said(by_hand, *rules.values(), party, *names.values()) == []


@pytest.mark.parametrize(
    ("which", "ends"),
    [
        ("retired", "effective_to - 1"),
        ("retired", "NULL"),
        ("replaced", "effective_to - 1"),
        ("kept", "DATE '2199-01-01'"),
        ("instead", "DATE '2199-01-01'"),
    ],
)
async def test_a_rules_end_moved_by_hand_is_named(
    rules: dict[str, str], by_hand: AsyncConnection, which: str, ends: str
) -> None:
    where = f"rule_id = '{case_uuid(rules[which])}'"
    await by_hand.execute(text(f"UPDATE risk_rules SET effective_to = {ends} WHERE {where}"))
    assert await said(by_hand, *rules.values()) == [RULE]
    assert await said(by_hand, rules[which]) == [RULE]


LEVELS: Final = ("level", "label", "grounds", "effective_from", "effective_to")


@pytest.mark.parametrize("state", ["IN_FORCE", "REPLACED"])
@pytest.mark.parametrize("column", LEVELS)
async def test_a_level_changed_by_hand_is_named(
    party: str, by_hand: AsyncConnection, state: str, column: str
) -> None:
    await change(by_hand, "credit_decisions", column, f"party = '{party}' AND state = '{state}'")
    assert await said(by_hand, party) == [LEVEL]


@pytest.mark.parametrize(
    "done",
    [
        "DELETE FROM credit_decisions WHERE {} AND state = 'IN_FORCE'",
        "DELETE FROM credit_decisions WHERE {} AND state = 'REPLACED'",
        "UPDATE credit_decisions SET state = 'REPLACED' WHERE {} AND state = 'IN_FORCE'",
        "UPDATE credit_decisions SET state = 'REFUSED' WHERE {} AND state = 'IN_FORCE'",
        "UPDATE credit_decisions SET party = 'group:NOBODY' WHERE {} AND state = 'IN_FORCE'",
    ],
)
async def test_a_level_that_no_longer_holds_by_hand_is_named(
    party: str, by_hand: AsyncConnection, done: str
) -> None:
    await unchecked(by_hand, "credit_decisions")
    assert (await by_hand.execute(text(done.format(f"party = '{party}'")))).rowcount == 1
    assert await said(by_hand, party) == [LEVEL]


@pytest.mark.parametrize(
    ("which", "done"),
    [
        ("frozen", "DELETE FROM name_freezes WHERE {}"),
        ("frozen", "UPDATE name_freezes SET thawed_at = now() WHERE {}"),
        ("frozen", "UPDATE name_freezes SET resident_id = gen_random_uuid() WHERE {}"),
        ("thawed", "UPDATE name_freezes SET thawed_at = NULL WHERE {}"),
    ],
)
async def test_a_freeze_taken_away_or_brought_back_by_hand_is_named(
    names: dict[str, str], by_hand: AsyncConnection, which: str, done: str
) -> None:
    of = f"resident_id = '{case_uuid(names[which])}'"
    assert (await by_hand.execute(text(done.format(of)))).rowcount == 1
    assert await said(by_hand, *names.values()) == [NAME]
