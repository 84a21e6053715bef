"""The rule book: one wording of a rule in force on any day."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.sandbox.parties import Party
from services.kernel.clock import business_day
from tests.support.inspection import Office
from tests.support.window import codes

BEFORE = date(2026, 6, 1)
"""A day that is over."""


def worded(code: str, since: str, until: str | None = None, **changes: Any) -> dict[str, Any]:
    """A wording of a rule that hits nothing else."""
    return {
        "code": code,
        "title": "test",
        "lane": "YELLOW",
        "expression": "hs_code == '94010000'",
        "example": {"hs_code": "94010000"},
        "authority": "test",
        "effective_from": since,
        "effective_to": until,
        **changes,
    }


async def proposed(office: Office, rule: dict[str, Any]) -> str:
    """File a wording; the path of its decision."""
    filed = await office.risk_officer(1).post("/risk/v1/rules", rule)
    return f"/risk/v1/rules/{filed['rule_id']}/decision"


async def in_force(office: Office, code: str) -> list[tuple[str, str]]:
    """The periods of a rule's approved wordings that hold on some day, by first day."""
    rows = await office.sql.fetch(
        "SELECT effective_from, coalesce(effective_to, 'infinity') AS effective_to"
        " FROM risk_rules WHERE code = $1 AND state = 'APPROVED'"
        " AND effective_from < coalesce(effective_to, 'infinity') ORDER BY effective_from",
        code,
    )
    return [(str(r["effective_from"]), str(r["effective_to"])) for r in rows]


async def acts(path: str, *readers: Party) -> list[list[str]]:
    """Which acts on a rule each of its readers is told of."""
    rule = path.removesuffix("/decision").removesuffix("/retirement")
    return [(await reader.get(rule))["acts"] for reader in readers]


@pytest.mark.parametrize(
    ("wordings", "periods"),
    [
        (
            [("2026-01-01", None), ("2026-01-01", None)],
            [("2026-01-01", "9999-12-31")],
        ),
        (
            [("2026-01-01", "2026-06-01"), ("2026-03-01", "2026-09-01")],
            [("2026-01-01", "2026-03-01"), ("2026-03-01", "2026-09-01")],
        ),
        (
            [("2026-03-01", "2026-06-01"), ("2026-01-01", "2026-04-01")],
            [("2026-01-01", "2026-04-01")],
        ),
        (
            [("2026-01-01", "2026-02-01"), ("2026-02-01", None)],
            [("2026-01-01", "2026-02-01"), ("2026-02-01", "9999-12-31")],
        ),
    ],
)
async def test_one_wording_of_a_rule_is_in_force_on_any_day(
    office: Office, wordings: list[tuple[str, str | None]], periods: list[tuple[str, str]]
) -> None:
    code = "W_" + uuid4().hex[:12].upper()
    for since, until in wordings:
        path = await proposed(office, worded(code, since, until))
        await office.risk_officer(2).post(path, {"approve": True})
    assert await in_force(office, code) == periods


async def test_two_officers_who_approve_one_wording_at_once_approve_it_once(
    office: Office,
) -> None:
    code = "P_" + uuid4().hex[:12].upper()
    path = await proposed(office, worded(code, "2026-01-01"))
    answers = await asyncio.gather(
        *(office.risk_officer(n).try_post(path, {"approve": True}) for n in (2, 3, 4, 5))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert {c for a in answers if a.status_code == 409 for c in codes(a)} == {"STATE_CONFLICT"}
    assert await in_force(office, code) == [("2026-01-01", "9999-12-31")]


async def test_the_database_takes_no_second_wording_for_a_day(office: Office) -> None:
    code = "D_" + uuid4().hex[:12].upper()
    path = await proposed(office, worded(code, "2026-01-01", "2026-06-01"))
    await office.risk_officer(2).post(path, {"approve": True})
    second = await proposed(office, worded(code, "2026-05-31", "2026-09-01"))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await office.sql.execute(
            "UPDATE risk_rules SET state = 'APPROVED', decided_by = 'b', decided_at = now()"
            " WHERE code = $1 AND state = 'PROPOSED'",
            code,
        )
    await office.risk_officer(2).post(second, {"approve": True})
    assert await in_force(office, code) == [
        ("2026-01-01", "2026-05-31"),
        ("2026-05-31", "2026-09-01"),
    ]


async def test_a_rule_is_retired_by_two_and_never_for_a_day_that_is_over(office: Office) -> None:
    code = f"R{uuid4().hex[:8].upper()}"
    decision = await proposed(office, worded(code, "2026-01-01"))
    first, second = office.risk_officer(1), office.risk_officer(2)
    path = decision.replace("/decision", "/retirement")
    today = business_day(datetime.now(UTC))
    body = {"ends_on": f"{today}", "grounds": "the campaign is over"}
    readers = (first, second, office.auditor)
    assert await acts(path, *readers) == [[], ["approve", "reject"], []]
    assert codes(await first.try_post(decision, {"approve": True})) == ["SAME_PERSON"]
    assert codes(await first.try_post(path, body)) == ["STATE_CONFLICT"]
    await second.post(decision, {"approve": True})
    assert await acts(path, *readers) == [["propose_end"], ["propose_end"], []]
    past = await first.try_post(path, {**body, "ends_on": "2026-06-01"})
    assert codes(past) == ["REQUEST_INVALID"]
    await first.post(path, body)
    assert codes(await second.try_post(path, body)) == ["RETIREMENT_PENDING"]
    assert codes(await first.try_post(f"{path}/decision", {"approve": True})) == ["SAME_PERSON"]
    assert await acts(path, *readers) == [[], ["end", "keep"], []]
    kept = await second.post(f"{path}/decision", {"approve": False})
    assert (kept["effective_to"], kept["retires_on"]) == (None, None)
    await first.post(path, body)
    retired = await second.post(f"{path}/decision", {"approve": True})
    assert retired["effective_to"] == f"{today}"
    assert retired["retired_by"] != retired["retirement_asked_by"]
    assert await in_force(office, code) == [("2026-01-01", f"{today}")]
    assert codes(await first.try_post(path, body)) == ["STATE_CONFLICT"]
    assert await acts(path, *readers) == [[], [], []]


async def test_a_retirement_of_what_another_wording_has_ended_is_turned_down_and_nothing_else(
    office: Office,
) -> None:
    code = "S_" + uuid4().hex[:12].upper()
    first, second = office.risk_officer(1), office.risk_officer(2)
    old = await proposed(office, worded(code, "2026-01-01"))
    await second.post(old, {"approve": True})
    path = old.replace("/decision", "/retirement")
    today = business_day(datetime.now(UTC))
    await first.post(path, {"ends_on": f"{today}", "grounds": "the campaign is over"})
    await second.post(await proposed(office, worded(code, "2026-03-01")), {"approve": True})
    refused = await second.try_post(f"{path}/decision", {"approve": True})
    assert (refused.status_code, codes(refused)) == (409, ["STATE_CONFLICT"])
    assert await acts(path, first, second) == [[], ["keep"]]
    kept = await second.post(f"{path}/decision", {"approve": False})
    assert (kept["effective_to"], kept["retires_on"]) == ("2026-03-01", None)
    assert await acts(path, first, second) == [[], []], "its end is over"
    assert await in_force(office, code) == [
        ("2026-01-01", "2026-03-01"),
        ("2026-03-01", "9999-12-31"),
    ]


async def test_a_retirement_that_is_decided_after_its_day_judges_nothing_anew(
    office: Office,
) -> None:
    code = "L_" + uuid4().hex[:12].upper()
    first, second = office.risk_officer(1), office.risk_officer(2)
    decision = await proposed(office, worded(code, "2026-01-01"))
    await second.post(decision, {"approve": True})
    path = decision.replace("/decision", "/retirement")
    today = business_day(datetime.now(UTC))
    await first.post(path, {"ends_on": f"{today}", "grounds": "the campaign is over"})
    await office.sql.execute("UPDATE risk_rules SET retires_on = $2 WHERE code = $1", code, BEFORE)
    assert await acts(path, second) == [["keep"]]
    refused = await second.try_post(f"{path}/decision", {"approve": True})
    assert (refused.status_code, codes(refused)) == (409, ["STATE_CONFLICT"])
    assert "01 Jun 2026" in refused.text or "2026-06-01" in refused.text
    assert await in_force(office, code) == [("2026-01-01", "9999-12-31")]


@pytest.mark.parametrize(
    ("expression", "warnings"),
    [
        ("hs_code == '94010000'", []),
        ("net_g > 0", ["ALWAYS_HITS"]),
        ("hs_code == '94010000' || net_g < 0", ["NEVER_HITS:net_g < 0"]),
        ("origin == '||' || hs_code == '94010000'", ["NEVER_HITS:origin == '||'"]),
    ],
)
async def test_a_rule_that_chooses_nothing_or_half_of_which_hits_nothing_is_warned_of(
    office: Office, expression: str, warnings: list[str]
) -> None:
    code = f"R{uuid4().hex[:8].upper()}"
    rule = worded(code, "2026-01-01", expression=expression)
    shown = await office.risk_officer(1).post("/risk/v1/rules", rule)
    assert shown["warnings"] == warnings


async def test_a_rule_carries_its_title_by_language_beside_the_one_that_all_have(
    office: Office,
) -> None:
    code, officer = f"TITLED_{uuid4().hex[:8].upper()}", office.risk_officer(1)
    titles = {"zh-CN": "玩具", "vi": "Đồ chơi"}
    path = await proposed(office, worded(code, "2026-01-01", titles=titles))
    shown = await officer.get(path.removesuffix("/decision"))
    assert (shown["title"], shown["titles"]) == ("test", titles)
    plain = await officer.post("/risk/v1/rules", worded(f"{code}_PLAIN", "2026-01-01"))
    assert plain["titles"] == {}
    other = worded(f"{code}_OTHER", "2026-01-01", titles={"fr": "jouets"})
    refused = await officer.try_post("/risk/v1/rules", other)
    assert refused.status_code == 422
