"""Accreditation by the numbers of the law: scoring, clocks, labels, credit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from services.accreditation.domain.model import Accreditation
from services.accreditation.domain.rules import accreditation as aeo
from services.accreditation.domain.rules.credit import (
    Dishonesty,
    Grounds,
    Limits,
    Violations,
    grounds_support_level,
    is_dishonest,
    repair_waited_for,
)
from services.accreditation.domain.rules.score import (
    Mark,
    marks_complete,
    score,
    scoring,
    standards_for,
)
from services.kernel.credit_level import CreditLevel
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused

STANDARD = {
    "aeo.full_score": 100,
    "aeo.pass_score": 95,
    "aeo.basically_met_costs": 1,
    "aeo.not_met_costs": 2,
    "aeo.basically_met_max": 3,
}
DAY = date(2026, 11, 18)


def standard(
    changed: Mapping[str, int] = MappingProxyType({}),
    since: date = date(2021, 11, 1),
    until: date | None = None,
) -> PolicyBook:
    """The standard as it is filed; what is changed is so between two days, the last one not."""
    rows = []
    for key, value in STANDARD.items():
        ends = since if key in changed else None
        rows.append(PolicyRow(key, "", value, "test", date(2021, 11, 1), ends))
        if key in changed:
            rows.append(PolicyRow(key, "", changed[key], "test", since, until))
    return PolicyBook(rows)


def scored(
    book: PolicyBook | None = None, on: date = DAY, **lowered: Mark
) -> tuple[int, tuple[str, ...]]:
    marks = dict.fromkeys(standards_for(()), Mark.MET)
    marks |= {item.replace("_", "-"): mark for item, mark in lowered.items()}
    found = score(marks, scoring(book or standard(), on=on))
    return found.total, found.failures


B, N = Mark.BASICALLY_MET, Mark.NOT_MET


def test_w19_all_standards_met_scores_100_and_passes() -> None:
    assert scored() == (100, ())


def test_w19_two_only_basically_met_scores_98_and_passes() -> None:
    assert scored(IC_1=B, FI_1=B) == (98, ())


def test_w19_six_only_basically_met_fail_by_the_total() -> None:
    total = scored(IC_1=B, IC_2=B, FI_1=B, CO_1=B, TS_1=B, TS_2=B)
    assert total == (94, ("SCORE_TOO_LOW",))


def test_w19_one_unmet_standard_fails_although_the_total_is_98() -> None:
    assert scored(FI_1=N) == (98, ("STANDARD_NOT_MET",))


def test_w19_four_in_internal_control_fail_although_the_total_is_96() -> None:
    assert scored(IC_1=B, IC_2=B, IC_3=B, IC_4=B) == (96, ("TOO_MANY_BASICALLY_MET",))


def test_w19_three_in_internal_control_and_two_in_finance_pass_with_95() -> None:
    assert scored(IC_1=B, IC_2=B, IC_3=B, FI_1=B, FI_2=B) == (95, ())


def test_four_in_trade_security_fail_and_four_in_compliance_do_not() -> None:
    assert scored(TS_1=B, TS_2=B, TS_3=B, TS_4=B) == (96, ("TOO_MANY_BASICALLY_MET",))
    assert scored(CO_1=B, CO_2=B, CO_3=B, CO_4=B) == (96, ())


def test_a_standard_that_does_not_apply_costs_nothing() -> None:
    assert scored(TS_1=Mark.NOT_APPLICABLE) == (100, ())


@pytest.mark.parametrize(
    ("changed", "lowered", "before", "since"),
    [
        ({"aeo.full_score": 200}, {}, (100, ()), (200, ())),
        (
            {"aeo.pass_score": 98},
            {"IC_1": B, "FI_1": B, "CO_1": B},
            (97, ()),
            (97, ("SCORE_TOO_LOW",)),
        ),
        (
            {"aeo.basically_met_costs": 3},
            {"FI_1": B, "CO_1": B},
            (98, ()),
            (94, ("SCORE_TOO_LOW",)),
        ),
        (
            {"aeo.not_met_costs": 6},
            {"FI_1": N},
            (98, ("STANDARD_NOT_MET",)),
            (94, ("STANDARD_NOT_MET", "SCORE_TOO_LOW")),
        ),
        (
            {"aeo.basically_met_max": 1},
            {"IC_1": B, "IC_2": B},
            (98, ()),
            (98, ("TOO_MANY_BASICALLY_MET",)),
        ),
    ],
)
def test_it_is_scored_by_the_standard_of_the_day(
    changed: dict[str, int],
    lowered: dict[str, Mark],
    before: tuple[int, tuple[str, ...]],
    since: tuple[int, tuple[str, ...]],
) -> None:
    book = standard(changed, DAY)
    found = [scored(book, on, **lowered) for on in (DAY - timedelta(days=1), DAY)]
    assert found == [before, since]


@pytest.mark.parametrize("key", STANDARD)
def test_where_the_law_of_the_day_does_not_say_how_nothing_is_scored(key: str) -> None:
    book = standard({key: 1}, DAY, DAY + timedelta(days=1))
    scored(book, DAY)
    with pytest.raises(Refused) as refused:
        scored(book, DAY + timedelta(days=1))
    assert refused.value.codes == ("POLICY_MISSING",)


def test_every_standard_of_the_enterprise_is_marked_and_no_other() -> None:
    marks = dict.fromkeys(standards_for(("FOOD",)), Mark.MET)
    assert marks_complete(marks, ("FOOD",)) is None
    for wrong in ({"FD-1": Mark.MET}, marks | {"XX-1": Mark.MET}):
        refusal = marks_complete(wrong, ("FOOD",))
        assert refusal is not None
        assert refusal.code == "MARKS_INCOMPLETE"
    assert marks_complete(marks, ()) is not None


def test_w20_accepted_on_10_april_is_due_on_9_july_and_extended_on_8_august() -> None:
    accepted = date(2026, 4, 10)
    assert aeo.decision_due(accepted, decide_days=90) == date(2026, 7, 9)
    assert aeo.decision_due(accepted, decide_days=90, extend_days=30) == date(2026, 8, 8)


def test_w20_who_failed_may_apply_again_after_one_year() -> None:
    barred = aeo.years_after(date(2026, 7, 9), 1)
    assert barred == date(2027, 7, 9)
    refusal = aeo.reapplication_waits(date(2027, 7, 8), barred)
    assert refusal is not None
    assert refusal.code == "REAPPLY_TOO_EARLY"
    assert aeo.reapplication_waits(date(2027, 7, 9), barred) is None
    assert aeo.reapplication_waits(date(2027, 7, 8), None) is None


def test_a_year_after_a_leap_day_is_the_first_of_march() -> None:
    assert aeo.years_after(date(2028, 2, 29), 1) == date(2029, 3, 1)
    assert aeo.years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)


def test_w20_the_law_of_the_day_says_which_levels_exist() -> None:
    certified = CreditLevel.CERTIFIED
    assert len(aeo.levels_of(3)) == 3
    assert len(aeo.levels_of(5)) == 5
    assert aeo.level_exists(certified, 3) is not None
    assert aeo.level_exists(certified, 5) is None
    assert aeo.level_label(CreditLevel.ORDINARY, 3) != aeo.level_label(CreditLevel.ORDINARY, 5)


def test_the_code_is_aeocn_and_ten_digits() -> None:
    assert aeo.certificate_code("4506960001") == "AEOCN4506960001"
    with pytest.raises(ValueError, match="ten digits"):
        aeo.certificate_code("45069600X1")


CASE = Accreditation(
    "aeo_1",
    "4506960001",
    "DX",
    CreditLevel.ADVANCED,
    "REPORTED",
    version=5,
    cycle=1,
    examiners=("ofc_a", "ofc_b"),
    reporter="ofc_a",
    passed=True,
)


LAST_DAY = date(2026, 7, 9)


def test_the_clock_is_extended_once_and_only_while_it_runs() -> None:
    running = replace(CASE, due_on=LAST_DAY)
    assert aeo.extension_allowed(running, LAST_DAY) is None
    refused = {
        "ALREADY_EXTENDED": replace(running, extended=True),
        "CLOCK_RAN_OUT": replace(running, overdue=True),
        "CLOCK_NOT_RUNNING": replace(running, cycle=2),
    }
    for code, case in refused.items():
        refusal = aeo.extension_allowed(case, LAST_DAY)
        assert refusal is not None
        assert refusal.code == code
    assert aeo.extension_allowed(replace(running, state="CERTIFIED"), LAST_DAY) is not None


def test_the_clock_has_run_out_when_its_last_day_is_over_whether_said_or_not() -> None:
    refusal = aeo.extension_allowed(replace(CASE, due_on=LAST_DAY), date(2026, 7, 10))
    assert refusal is not None
    assert refusal.code == "CLOCK_RAN_OUT"


def test_only_a_drawn_examiner_reports() -> None:
    assert aeo.examiner_only(CASE, "ofc_a") is None
    assert aeo.examiner_only(CASE, "ofc_c") is not None


def test_who_failed_the_scoring_cannot_be_certified() -> None:
    assert aeo.decision_follows_score(CASE, "CERTIFY") is None
    failed = replace(CASE, passed=False)
    assert aeo.decision_follows_score(failed, "CERTIFY") is not None
    assert aeo.decision_follows_score(failed, "FAIL") is None


def test_nobody_signs_the_own_decision_or_decides_on_the_own_report() -> None:
    one, other = (
        Actor(subject=name, party=f"officer:ofc_{name}", role="officer") for name in ("a", "b")
    )
    assert aeo.signed_by_another(one, one) is not None
    assert aeo.signed_by_another(one, other) is None
    assert aeo.not_the_reporter(one, one) is not None
    assert aeo.not_the_reporter(one, other) is None
    assert aeo.not_the_reporter(None, one) is None


def test_an_application_names_an_existing_level_and_known_trades() -> None:
    found = aeo.application_refusals(CreditLevel.CERTIFIED, ("MINING",), 3, on=LAST_DAY)
    assert [r.code for r in found] == ["LEVEL_UNKNOWN", "TRADE_UNKNOWN"]
    assert aeo.application_refusals(CreditLevel.CERTIFIED, ("FOOD",), 5, on=LAST_DAY) == []
    assert aeo.application_refusals(CreditLevel.ORDINARY, (), 5, on=LAST_DAY)


@pytest.mark.parametrize("level", [CreditLevel.DISHONEST, CreditLevel.SERIOUSLY_DISHONEST])
def test_a_dishonest_enterprise_cannot_apply(level: CreditLevel) -> None:
    assert aeo.applicant_not_dishonest(level) is not None
    assert aeo.applicant_not_dishonest(CreditLevel.ORDINARY) is None


NON_BROKER = Limits(Decimal("0.001"), Money.parse("1000000", "CNY"))
BROKER = Limits(Decimal("0.0005"), Money.parse("300000", "CNY"))


def year(count: int, documents: int, fines: str, *, broker: bool = False) -> Violations:
    return Violations(count, documents, Money.parse(fines, "CNY"), broker)


def test_w21_a_trader_over_one_per_mille_and_a_million_is_dishonest() -> None:
    assert is_dishonest(year(12, 9_000, "1200000"), NON_BROKER)


def test_w21_a_trader_with_fines_below_a_million_is_not() -> None:
    assert not is_dishonest(year(12, 9_000, "900000"), NON_BROKER)
    assert not is_dishonest(year(12, 9_000, "1000000"), NON_BROKER)


def test_w21_a_broker_must_exceed_five_per_ten_thousand() -> None:
    assert is_dishonest(year(6, 10_000, "350000", broker=True), BROKER)
    assert not is_dishonest(year(5, 10_000, "350000", broker=True), BROKER)


def test_violations_without_any_document_exceed_every_rate() -> None:
    assert is_dishonest(year(1, 0, "1200000"), NON_BROKER)


def test_dishonesty_needs_grounds_that_the_facts_bear_out() -> None:
    dishonest, ordinary = CreditLevel.DISHONEST, CreditLevel.ORDINARY
    over, under = year(12, 9_000, "1200000"), year(12, 9_000, "900000")
    assert grounds_support_level(dishonest, Grounds.VIOLATIONS, over, NON_BROKER) is None
    assert grounds_support_level(dishonest, Grounds.SMUGGLING, None, None) is None
    assert grounds_support_level(ordinary, Grounds.REPAIRED, None, None) is None
    for level, grounds, facts in (
        (dishonest, Grounds.VIOLATIONS, under),
        (dishonest, Grounds.VIOLATIONS, None),
        (dishonest, Grounds.REPAIRED, None),
        (CreditLevel.ADVANCED, Grounds.REPAIRED, None),
        (ordinary, Grounds.SMUGGLING, None),
    ):
        refusal = grounds_support_level(level, grounds, facts, NON_BROKER)
        assert refusal is not None
        assert refusal.code == "GROUNDS_INSUFFICIENT"


def test_the_wait_for_repair_is_of_the_grounds_and_the_longest_counts() -> None:
    months = {"SMUGGLING": 12, "ARREARS": 3}
    since = date(2026, 1, 31)
    arrears, smuggled, unnamed = (
        Dishonesty(grounds, since) for grounds in ("ARREARS", "SMUGGLING", "DOWNGRADE")
    )
    days = {
        (arrears,): date(2026, 5, 1),
        (arrears, smuggled): date(2027, 1, 31),
        (unnamed,): date(2027, 1, 31),
    }
    for dishonest, day in days.items():
        assert repair_waited_for(day, dishonest, months) is None
        early = repair_waited_for(day - timedelta(days=1), dishonest, months)
        assert early is not None
        assert (early.code, early.facts["again_from"]) == ("REPAIR_TOO_EARLY", day.isoformat())
    nothing = repair_waited_for(since, (), months)
    assert nothing is not None
    assert nothing.code == "NOTHING_TO_REPAIR"


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2021, 11, 1), "AEO-LEVELS-2021"),
        (date(2026, 3, 31), "AEO-LEVELS-2021"),
        (date(2026, 4, 1), "AEO-LEVELS"),
    ],
)
def test_a_level_is_judged_by_the_order_in_force_on_the_day(day: date, rule: str) -> None:
    found = aeo.level_refusals(CreditLevel.CERTIFIED, 3, on=day)
    assert [(r.code, r.rule) for r in found] == [("LEVEL_UNKNOWN", rule)]
    assert aeo.level_refusals(CreditLevel.CERTIFIED, 5, on=day) == []


@pytest.mark.parametrize(
    ("state", "cycle", "passed", "certificate", "suspended", "expected"),
    [
        ("APPLIED", 1, None, None, False, ()),
        ("REPORTED", 1, True, None, False, ("CERTIFY", "FAIL", "extension")),
        ("REPORTED", 1, False, None, False, ("FAIL", "extension")),
        ("CERTIFIED", 1, True, "AEOCN1", False, ("SUSPEND", "DOWNGRADE", "review")),
        ("SUSPENDED", 1, True, "AEOCN1", True, ("REINSTATE", "DOWNGRADE", "review")),
        ("ON_SITE", 1, None, None, False, ("extension", "redraw")),
        ("ON_SITE", 2, None, "AEOCN1", False, ("SUSPEND", "DOWNGRADE", "redraw")),
        ("REPORTED", 2, True, "AEOCN1", True, ("CERTIFY", "FAIL", "DOWNGRADE")),
        ("DOWNGRADED", 1, True, "AEOCN1", False, ()),
    ],
)
def test_what_customs_may_do_with_a_case_follows_from_where_it_stands(
    state: str,
    cycle: int,
    passed: bool | None,
    certificate: str | None,
    suspended: bool,
    expected: tuple[str, ...],
) -> None:
    today = date(2026, 11, 18)
    case = Accreditation(
        aeo_id="aeo_1",
        enterprise_code="1234567890",
        port="DONGXING",
        level=CreditLevel.ADVANCED,
        state=state,
        version=1,
        cycle=cycle,
        due_on=today,
        passed=passed,
        certificate=certificate,
        suspended_on=today if suspended else None,
    )
    assert aeo.possible(case, today) == expected
