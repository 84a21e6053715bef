"""Why a lot was chosen: each rule with what it saw, and the draw; for the officers of its port."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from deploy.sandbox.parties import Party
from services.kernel.lanes import Lane
from services.risk.domain.model import LotFacts
from services.risk.domain.rules.expression import SPECIMEN
from services.risk.domain.rules.screening import RiskRule, screen
from services.risk.domain.rules.seen import Seen, seen_by
from services.risk.schemas.judgements import judgement_answer
from tests.support.asleep import Asleep
from tests.support.on_file import officers_as

RULES = "/risk/v1/rules"


def worded(code: str, expression: str) -> RiskRule:
    return RiskRule(f"rul_{code.lower()}", code, Lane.RED, expression, date(2026, 1, 1))


def seen_of(facts: LotFacts, *rules: RiskRule) -> tuple[Seen, ...]:
    found = screen(facts, rules, [], value=Decimal("0.9"), rate=Decimal("0.1"))
    return seen_by(rules, facts, found.reasons)


def test_of_a_rule_that_hit_the_facts_of_its_condition_are_kept_and_no_others() -> None:
    heavy = worded("HEAVY", "net_g > 10 && hs_code.startsWith('08')")
    other = worded("OTHER", "net_g > 999999999999")
    (seen,) = seen_of(SPECIMEN, heavy, other)
    assert (seen.reason, seen.rule_id, seen.unknown) == ("HEAVY", "rul_heavy", ())
    assert seen.facts == {"hs_code": SPECIMEN.hs_code, "net_g": SPECIMEN.net_g}


def test_of_a_rule_that_could_not_be_evaluated_it_is_said_what_was_not_known() -> None:
    lot = LotFacts(**{**_facts(SPECIMEN), "pieces": None})
    (seen,) = seen_of(lot, worded("PIECES", "pieces > 10 && net_g > 10"))
    assert (seen.reason, seen.unknown) == ("RULE_UNEVALUABLE:PIECES", ("pieces",))
    assert seen.facts == {"net_g": SPECIMEN.net_g}


async def status(reader: Party, path: str) -> int:
    bearer = {"Authorization": f"Bearer {reader.bearer}"}
    return (await reader.http.get(path, headers=bearer)).status_code


def _facts(lot: LotFacts) -> dict[str, Any]:
    return {name: getattr(lot, name) for name in LotFacts.__slots__}


async def test_officers_of_the_port_read_why_a_lot_was_chosen_and_nobody_else(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    desk = (harbour.window.parties, harbour.window.sql, "risk_officer")
    first, second = await officers_as(*desk, port=harbour.port)
    group = await harbour.group(1)
    party = f"group:{group.code}"
    rule = await first.post(
        RULES,
        {
            "code": f"SEEN_{uuid4().hex[:8].upper()}",
            "title": "lots of one group",
            "titles": {"vi": "lô hàng của một nhóm"},
            "lane": "YELLOW",
            "expression": f"party == '{party}' && ticket_count < 5",
            "example": {"party": party},
            "authority": "test",
            "effective_from": "2020-01-01",
        },
    )
    await second.post(f"{RULES}/{rule['rule_id']}/decision", {"approve": True})
    lot = await harbour.confirmed(group, values=["10.00"])
    path = f"/risk/v1/lots/{lot}/screening"
    assert await status(first, path) == 404
    await asleep.attended(lot)
    judged = await first.get(path)
    (one,) = [one for one in judged["reasons"] if one["reason"] == rule["code"]]
    assert one["rule"]["facts"] == {"party": party, "ticket_count": 1}
    assert one["rule"]["titles"] == {"vi": "lô hàng của một nhóm"}
    assert one["rule"]["rule_id"] == rule["rule_id"]
    draw = judged["draw"]
    assert draw["selected"] is (Decimal(draw["value"]) < Decimal(draw["rate"]))
    assert (await harbour.auditor.get(path)) == judged
    elsewhere, _ = await officers_as(*desk)
    assert await status(elsewhere, path) == 404
    assert await status(group.clerk, path) == 403


async def test_what_a_control_was_set_on_stands_beside_it(asleep: Asleep) -> None:
    harbour = asleep.harbour
    desk = (harbour.window.parties, harbour.window.sql, "risk_officer")
    first, _ = await officers_as(*desk, port=harbour.port)
    group = await harbour.group(1)
    control = {"kind": "party", "value": f"group:{group.code}", "lane": "RED", "grounds": "test"}
    set_ = await first.post("/risk/v1/controls", {**control, "effective_from": "2020-01-01"})
    lot = await harbour.confirmed(group, values=["10.00"])
    await asleep.attended(lot)
    judged = await first.get(f"/risk/v1/lots/{lot}/screening")
    (one,) = [r for r in judged["reasons"] if r["reason"] == f"CONTROL_HIT:{set_['control_id']}"]
    assert one["control"] == {name: control[name] for name in ("kind", "value", "grounds")}
    assert one["rule"] is None


def test_a_judgement_that_kept_nothing_says_no_more_than_its_reasons() -> None:
    kept = {"rules": None, "controls": None, "seen": None, "lane": "RED", "reasons": ["OLD_RULE"]}
    kept["called_in"] = []
    said = {"port": "DX", "selected": False, "draw_value": Decimal("0.5"), "rate": None}
    ids = {"lot_id": uuid4(), "seed_id": uuid4(), "rule_book_version": 1}
    at = {"credit_level": "ORDINARY", "screened_at": datetime(2026, 11, 1, tzinfo=UTC)}
    row: Any = SimpleNamespace(**kept, **said, **ids, **at)
    answer = judgement_answer(row)
    assert answer["reasons"] == [{"reason": "OLD_RULE", "rule": None, "control": None}]
    assert answer["draw"]["rate"] is None
