"""Matching, background, screening, bank answers, reports and what is reserved, as pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refusal, Refused
from services.kernel.rule import asked
from services.kernel.rules import ledger
from services.settlement.domain.model import Conversion, Drawdown, LotFacts
from services.settlement.domain.rules import answers, matching, reporting, reserving, screening
from services.settlement.domain.rules.answers import Offered, Said
from services.settlement.domain.states import INSTRUCTION, Disposition, InstructionState
from services.settlement.queries.banking import OfferedPayment

DECLARED = Money.parse("7934.00", "CNY")
LOT = LotFacts(
    port="DONGXING",
    lot_id="lot_" + "0" * 32,
    state="RELEASED",
    direction="I",
    seller="Seller 36",
    group_code="DX-G001",
    submitted_by="group:DX-G001",
    value=DECLARED,
    seller_bank_bic="BFTVVNVX",
    business_on=date(2026, 11, 18),
)
FRESH = Drawdown(DECLARED, Money(0, "CNY"))
DRAWN = Drawdown(DECLARED, DECLARED)


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


def test_w28_the_declared_amount_settles_and_another_is_held() -> None:
    assert matching.amount_matches(DECLARED, FRESH) is None
    assert code(matching.amount_matches(Money.parse("7990.00", "CNY"), FRESH)) == "AMOUNT_MISMATCH"
    assert code(matching.amount_matches(Money.parse("7934", "VND"), FRESH)) == "AMOUNT_MISMATCH"


def test_w28_a_second_payment_for_the_same_lot_is_a_duplicate() -> None:
    assert matching.paid_once(FRESH, other_open=False) is None
    assert code(matching.paid_once(FRESH, other_open=True)) == "DUPLICATE"
    assert code(matching.paid_once(DRAWN, other_open=False)) == "DUPLICATE"


@pytest.mark.parametrize("state", ["SUBMITTED", "IN_INSPECTION", "REJECTED", "CANCELLED"])
def test_w28_a_payment_before_release_is_refused(state: str) -> None:
    assert code(matching.payable(replace(LOT, state=state))) == "NOT_RELEASED"


@pytest.mark.parametrize("state", ["RELEASED", "GATE_OUT", "SOLD"])
def test_w28_a_payment_after_release_is_not(state: str) -> None:
    assert matching.payable(replace(LOT, state=state)) is None


def test_w28_a_payment_states_its_purpose() -> None:
    assert matching.purpose_given("GOD") is None
    assert code(matching.purpose_given(None)) == "PURPOSE_REQUIRED"
    assert code(matching.purpose_given("STR")) == "PURPOSE_UNKNOWN"


GENUINE = matching.Background(LOT, DECLARED, "BFTVVNVX", "VN")


def test_a_genuine_background_raises_no_doubt() -> None:
    assert matching.background_doubts(GENUINE) == ()


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        (replace(GENUINE, lot=replace(LOT, state="SEIZED")), "BACKGROUND_NOT_RELEASED"),
        (replace(GENUINE, lot=replace(LOT, direction="E")), "BACKGROUND_NOT_AN_IMPORT"),
        (replace(GENUINE, amount=Money.parse("7934.01", "CNY")), "BACKGROUND_VALUE_EXCEEDED"),
        (replace(GENUINE, amount=Money(1, "VND")), "BACKGROUND_VALUE_EXCEEDED"),
        (replace(GENUINE, seller_bank_bic="ICBVVNVX"), "BACKGROUND_BANK_DIFFERS"),
        (replace(GENUINE, seller_country="CN"), "BACKGROUND_SELLER_NOT_ABROAD"),
    ],
)
def test_a_doubtful_background_is_named(facts: matching.Background, doubt: str) -> None:
    assert matching.background_doubts(facts) == (doubt,)


@pytest.mark.parametrize(
    ("party", "may"),
    [
        ("group:DX-G001", True),
        ("group:DX-G002", False),
        ("bank:ABOCCNBJ", False),
        ("enterprise:4506960001", False),
    ],
)
def test_only_the_lots_own_parties_may_have_it_paid(party: str, may: bool) -> None:
    assert matching.may_instruct(party, LOT) is may


def test_of_no_group_is_not_of_the_group_that_is_filed_as_none() -> None:
    alone = replace(LOT, group_code=None, submitted_by="resident:res_1")
    assert matching.may_instruct("resident:res_1", alone)
    assert not matching.may_instruct("group:None", alone)


def test_the_factory_that_bought_the_goods_may_have_them_paid() -> None:
    factory = "enterprise:4506960001"
    assert matching.may_instruct(factory, replace(LOT, bought_by=factory))


@pytest.mark.parametrize(
    "spelling",
    ["SAMPLE Trading Co., Ltd.", "trading  sample", "Sàmple trading", "ＳＡＭＰＬＥ-Trading"],
)
def test_spellings_of_one_name_are_one_name(spelling: str) -> None:
    assert screening.name_hash(spelling) == screening.name_hash("Sample Trading")


def test_the_legal_form_in_chinese_says_nothing_about_who_it_is() -> None:
    assert screening.normalised("样本贸易有限公司") == screening.normalised("样本贸易")


def test_a_name_that_is_only_a_legal_form_is_still_a_name() -> None:
    assert screening.normalised("Company Ltd") == "company ltd"


def test_hits_name_the_role_and_the_lists_own_reference() -> None:
    listed = screening.name_hash("Sample Trading")
    entries = {listed: [("SAMPLE-UN", "S-1")]}
    found = screening.hits({"seller": [listed], "bank": [screening.name_hash("Other")]}, entries)
    assert found == (screening.Hit("seller", "SAMPLE-UN", "S-1"),)


OFFERED = Offered(InstructionState.OFFERED, DECLARED, frozenset())


@pytest.mark.parametrize(
    ("status", "amount", "offered", "expected"),
    [
        ("ACSC", DECLARED, OFFERED, Disposition.RECORDED),
        ("RJCT", None, OFFERED, Disposition.RECORDED),
        ("PDNG", None, OFFERED, Disposition.RECORDED),
        ("ACSC", None, OFFERED, Disposition.RECORDED),
        ("ACSC", Money.parse("7990", "CNY"), OFFERED, Disposition.AMOUNT_DIFFERS),
        ("ACSC", DECLARED, None, Disposition.UNKNOWN_REFERENCE),
        ("ACSC", DECLARED, replace(OFFERED, heard=frozenset({"ACSC"})), Disposition.REPEATED),
        (
            "RJCT",
            None,
            Offered(InstructionState.SETTLED, DECLARED, frozenset({"ACSC"})),
            Disposition.LATE,
        ),
    ],
)
def test_what_becomes_of_a_banks_status(
    status: str, amount: Money | None, offered: Offered | None, expected: Disposition
) -> None:
    said = Said(status, amount)
    assert answers.disposition(said, offered, today=date(2026, 11, 18)) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said("ACSC", effective_on=date(2026, 11, 19)), Disposition.NOT_YET),
        (Said("ACSC", effective_on=date(2026, 11, 18)), Disposition.RECORDED),
        (Said("ACSC", effective_on=date(2026, 11, 17)), Disposition.RECORDED),
        (Said("ACSC", stated_on=date(2026, 11, 23)), Disposition.RECORDED),  # our own day, repeated
        (Said("ACSC", stated_on=date(2027, 11, 23)), Disposition.NOT_YET),
        (Said("RJCT", stated_on=date(2027, 11, 23)), Disposition.RECORDED),
        (Said("ACSP", effective_on=date(2027, 11, 23)), Disposition.RECORDED),
    ],
)
def test_a_payment_is_not_made_before_its_value_date(said: Said, expected: Disposition) -> None:
    offered = replace(OFFERED, settles_on=date(2026, 11, 23))
    assert answers.disposition(said, offered, today=date(2026, 11, 18)) is expected


@pytest.mark.parametrize("days", [0, 1, 3])
def test_a_value_date_is_as_far_before_the_instruction_as_a_banks_book_may_be_behind(
    days: int,
) -> None:
    asked_on, behind_max = date(2026, 11, 18), timedelta(days=days)
    offered = replace(OFFERED, instructed_on=asked_on, behind_max=behind_max)
    most = asked_on - behind_max
    for on, expected in (
        (most, Disposition.RECORDED),
        (most - timedelta(days=1), Disposition.VALUED_BEFORE),
    ):
        for said in (Said("ACSC", effective_on=on), Said("ACSP", stated_on=on)):
            assert answers.disposition(said, offered, today=asked_on) is expected


def test_how_far_a_banks_book_may_be_behind_is_the_law_of_the_day_of_the_instruction() -> None:
    before, since, until = date(2026, 1, 1), date(2026, 11, 18), date(2026, 11, 20)
    law = PolicyBook(
        PolicyRow(answers.BEHIND_MAX, "", days, "test", begins, ends)
        for days, begins, ends in ((0, before, since), (2, since, until))
    )
    found = []
    for minute, asked_on in ((59, date(2026, 11, 17)), (60, date(2026, 11, 18))):
        at = datetime(2026, 11, 17, 15, tzinfo=UTC) + timedelta(minutes=minute)
        row: Any = SimpleNamespace(
            requested_at=at,
            paid_minor=1,
            paid_currency="CNY",
            settle_on=asked_on,
            state="OFFERED",
            hold_told_at=None,
        )
        payment = OfferedPayment(row, InstructionState.OFFERED, frozenset(), None, None)
        facts = payment.facts(law, at)
        assert facts.instructed_on == asked_on
        found.append(facts.behind_max.days)
    assert found == [0, 2]
    row.requested_at = datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(Refused) as refused:
        payment.facts(law, row.requested_at)
    assert refused.value.codes == ("POLICY_MISSING",)


def test_the_same_payment_under_a_second_booking_is_no_repetition() -> None:
    paid = Offered(InstructionState.SETTLED, DECLARED, frozenset({"ACSC"}), paid_as="B-1")
    today = date(2026, 11, 18)
    for code, heard in (("ACSC", "REPEATED"), ("ACCC", "LATE")):
        for booked, expected in (("B-1", heard), (None, heard), ("B-2", "PAID_AGAIN")):
            said = Said(code, DECLARED, booked)
            assert answers.disposition(said, paid, today=today) == expected


def test_a_late_status_that_says_otherwise_needs_a_person() -> None:
    assert answers.contradicts("RJCT", InstructionState.SETTLED)
    assert answers.contradicts("ACSC", InstructionState.REJECTED)
    assert not answers.contradicts("PDNG", InstructionState.SETTLED)
    assert not answers.contradicts("ACCC", InstructionState.SETTLED)


@pytest.mark.parametrize(
    ("code", "otherwise"), [("RJCT", False), ("CANC", False), ("ACSC", True), ("PDNG", False)]
)
def test_a_bank_that_rejects_what_its_payer_took_back_says_nothing_otherwise(
    code: str, otherwise: bool
) -> None:
    assert answers.contradicts(code, InstructionState.CANCELLED) is otherwise


def test_every_state_takes_exactly_the_acts_of_its_table() -> None:
    acts = {act for _, act in INSTRUCTION.moves}
    for state in InstructionState:
        for act in acts:
            if (state, act) in INSTRUCTION.moves:
                assert INSTRUCTION.move(state, act) in InstructionState
                continue
            with pytest.raises(Refused) as refused:
                INSTRUCTION.move(state, act)
            assert refused.value.codes == ("STATE_CONFLICT",)


BOOK = PolicyBook([PolicyRow("bop.code.hushi", "", "122990", "sample", date(2014, 5, 1), None)])


def test_the_balance_of_payments_report_is_due_by_the_next_business_day() -> None:
    friday = datetime(2026, 11, 20, 9, tzinfo=UTC)
    row = reporting.payments_report(
        paid=DECLARED, purpose_code="GOD", counter_country="VN", settled_at=friday, book=BOOK
    )
    assert (row.bop_code, row.value_on, row.due_on) == (
        "122990",
        date(2026, 11, 20),
        date(2026, 11, 23),
    )


def test_a_report_may_come_early_where_the_calendar_is_not_loaded_but_never_late() -> None:
    row = reporting.payments_report(
        paid=DECLARED,
        purpose_code="GOD",
        counter_country="VN",
        settled_at=datetime(2026, 12, 31, 9, tzinfo=UTC),
        book=BOOK,
    )
    assert row.due_on == date(2027, 1, 1)


def test_a_natural_persons_large_value_is_reported_from_the_threshold_on() -> None:
    limit = Decimal(200000)
    assert reporting.large_value(Money.parse("200000", "CNY"), natural_person=True, threshold=limit)
    assert not reporting.large_value(
        Money.parse("199999.99", "CNY"), natural_person=True, threshold=limit
    )
    assert not reporting.large_value(
        Money.parse("300000", "CNY"), natural_person=False, threshold=limit
    )


def test_the_big_amount_check_begins_above_thirty_million_dollars() -> None:
    terms = {"usd_rate": Decimal("7.00"), "threshold_usd": Decimal(30_000_000)}
    assert not reporting.big_amount(Money.parse("210000000", "CNY"), **terms)
    assert reporting.big_amount(Money.parse("210000000.01", "CNY"), **terms)


MINOR = st.integers(min_value=1, max_value=10**14)


@st.composite
def exchanges(draw: st.DrawFn) -> Conversion | None:
    if draw(st.booleans()):
        return None
    at_mid = draw(MINOR)
    gets = draw(st.integers(min_value=0, max_value=at_mid))
    return Conversion(
        Money(draw(MINOR), "CNY"), Money(gets, "VND"), Money(at_mid, "VND"), Decimal("3552.91")
    )


@given(minor=MINOR, exchange=exchanges())
def test_money_is_conserved_by_reserving_posting_and_voiding(
    minor: int, exchange: Conversion | None
) -> None:
    reserved = reserving.reserve_legs(
        buyer="group:DX-G001",
        seller="SELLER1",
        bank_bic="ABOCCNBJ",
        paid=Money(minor, "CNY"),
        exchange=exchange,
    )
    posted = ledger.post_legs(reserved)
    for legs in (reserved, posted, ledger.void_legs(reserved)):
        assert ledger.balanced(legs)
    assert sums((*reserved, *ledger.void_legs(reserved))) == {}
    after = sums((*reserved, *posted))
    assert {layer for _, layer, _ in after} <= {ledger.Layer.POSTED}


def sums(legs: tuple[ledger.Leg, ...]) -> dict[tuple[str, str, str], int]:
    totals: dict[tuple[str, str, str], int] = {}
    for leg in legs:
        key = (leg.account, leg.layer, leg.money.currency)
        totals[key] = totals.get(key, 0) + leg.money.minor
    return {key: total for key, total in totals.items() if total}


def test_a_payment_is_judged_by_the_rules_of_its_day() -> None:
    early, first = date(2014, 3, 31), date(2014, 4, 1)
    unreleased = replace(LOT, state="SUBMITTED")
    assert asked(early, matching.payable, unreleased) == []
    assert [r.rule for r in asked(first, matching.payable, unreleased)] == ["SET-07"]
    assert [r.rule for r in asked(first, matching.purpose_given, None)] == ["SET-06"]
