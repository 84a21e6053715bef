"""The course of an accreditation: who may apply, clocks, signatures, certificate (W20)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from services.accreditation.domain import refusals
from services.accreditation.domain.model import Accreditation
from services.accreditation.domain.rules.score import SINGLE_STANDARDS
from services.accreditation.domain.states import AEO, CLOCK_RUNS, AeoState
from services.kernel.credit_level import CreditLevel
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_DRAWN
from services.kernel.rule import asked, rule
from services.kernel.second_person import second_person

ORDER_251: Final = date(2021, 11, 1)
ORDER_282: Final = date(2026, 4, 1)
_CUSTOMS_CODE: Final = re.compile(r"[0-9]{9}[0-9A-Z]")
_L = CreditLevel
ACCREDITED: Final = (_L.ADVANCED, _L.CERTIFIED)
DECISIONS: Final = ("CERTIFY", "FAIL", "SUSPEND", "REINSTATE", "DOWNGRADE")
"""What two officers decide on an accreditation."""
_SETS: Final = {
    3: frozenset({_L.ADVANCED, _L.ORDINARY, _L.DISHONEST}),
    5: frozenset(_L),
}
_LABELS: Final = {
    3: {
        _L.ADVANCED: "高级认证企业",
        _L.ORDINARY: "其他注册登记和备案企业",
        _L.DISHONEST: "失信企业",
    },
    5: {
        _L.ADVANCED: "高级认证企业",
        _L.CERTIFIED: "认证企业",
        _L.ORDINARY: "常规企业",
        _L.DISHONEST: "失信企业",
        _L.SERIOUSLY_DISHONEST: "严重失信企业",
    },
}


def levels_of(count: int) -> frozenset[CreditLevel]:
    """The credit levels of a law that knows ``count`` of them (policy credit.levels: 3 or 5)."""
    return _SETS[count]


def level_label(level: CreditLevel, count: int) -> str:
    """The level's name under the law in force at the decision; history keeps both laws' names."""
    return _LABELS[count][level]


def level_refusals(
    level: CreditLevel, count: int, *, on: date, pointer: str = "/level"
) -> list[Refusal]:
    """Why a decision of a day may not give this level."""
    return [
        *asked(on, level_existed, level, count, pointer),
        *asked(on, level_exists, level, count, pointer),
    ]


@rule("AEO-LEVELS-2021", source="order-251", in_force=ORDER_251, until=ORDER_282)
def level_existed(level: CreditLevel, count: int, pointer: str = "/level") -> Refusal | None:
    """Until 31 March 2026: a decision may only give a level that Order 251 knows."""
    return _level_known(level, count, pointer)


@rule("AEO-LEVELS", source="order-282", in_force=ORDER_282)
def level_exists(level: CreditLevel, count: int, pointer: str = "/level") -> Refusal | None:
    """A decision may only give a level that Order 282 knows."""
    return _level_known(level, count, pointer)


def _level_known(level: CreditLevel, count: int, pointer: str) -> Refusal | None:
    """How many levels the law of a day knows is a dated parameter."""
    if level in levels_of(count):
        return None
    return refusals.LEVEL_UNKNOWN.at(pointer, level=level)


@rule("AEO-CODE", source="aeo-code", in_force=date(2019, 6, 1))
def certificate_code(enterprise_code: str) -> str:
    """An AEO code is AEOCN and the ten digits of the customs code (the last may be a letter)."""
    if _CUSTOMS_CODE.fullmatch(enterprise_code) is None:
        raise ValueError("a customs code has ten digits")
    return f"AEOCN{enterprise_code}"


@rule("AEO-CLOCK", source="order-251", in_force=date(2021, 11, 1))
def decision_due(accepted_on: date, *, decide_days: int, extend_days: int = 0) -> date:
    """Customs decides within 90 days of acceptance, extended once by 30; the last day counts."""
    return accepted_on + timedelta(days=decide_days + extend_days)


def years_after(day: date, years: int) -> date:
    """The same day ``years`` later; from 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def barred_until(ended: date | None, repaired_on: date | None, years: int) -> date | None:
    """Until when an enterprise may not apply: by the end of its case, or by its credit's repair."""
    repaired = None if repaired_on is None else years_after(repaired_on, years)
    return max((day for day in (ended, repaired) if day is not None), default=None)


@rule("AEO-REAPPLY", source="order-251", in_force=date(2021, 11, 1))
def reapplication_waits(today: date, barred_until: date | None) -> Refusal | None:
    """For one year after failing, downgrade, withdrawal or repair an enterprise may not apply."""
    if barred_until is None or today >= barred_until:
        return None
    return refusals.REAPPLY_TOO_EARLY.at(again_from=barred_until)


@rule("AEO-GIVEN-UP", source="order-251", in_force=date(2021, 11, 1))
def only_an_application_is_withdrawn(cycle: int) -> Refusal | None:
    """An enterprise may withdraw its application until it is decided, but no re-examination."""
    return None if cycle == 1 else refusals.REEXAMINATION_STANDS.at()


@rule("AEO-HONEST", source="order-251", in_force=date(2021, 11, 1))
def applicant_not_dishonest(level: CreditLevel) -> Refusal | None:
    """A dishonest enterprise neither applies nor is certified before its credit is repaired."""
    if level not in (_L.DISHONEST, _L.SERIOUSLY_DISHONEST):
        return None
    return refusals.CREDIT_NOT_REPAIRED.at()


def application_refusals(
    level: CreditLevel, trades: tuple[str, ...], count: int, *, on: date
) -> list[Refusal]:
    """Why an application cannot be taken as it is worded, on its day."""
    found = level_refusals(level, count, on=on)
    if level not in ACCREDITED:
        found.append(refusals.LEVEL_NOT_ONE_OF.at("/level", levels=("ADVANCED", "CERTIFIED")))
    return [*found, *trades_known(trades)]


def trades_known(trades: tuple[str, ...]) -> list[Refusal]:
    """Why these are not trades that have single standards."""
    if not (strange := sorted(set(trades) - set(SINGLE_STANDARDS))):
        return []
    return [refusals.TRADE_UNKNOWN.at("/trades", unknown=strange, known=list(SINGLE_STANDARDS))]


@rule("AEO-TRADES", source="aeo-standard-2022", in_force=date(2021, 11, 1))
def trades_on_file_named(trades: tuple[str, ...], on_file: tuple[str, ...]) -> Refusal | None:
    """An enterprise is examined by the single standards of every trade that it is filed for.

    Order 251 has asked for them since its first day; the trades named are those of 2022.
    """
    missing = sorted(set(on_file) - set(trades))
    return refusals.TRADE_MISSING.at("/trades", missing=missing) if missing else None


@rule("AEO-EXTEND", source="order-251", in_force=date(2021, 11, 1))
def extension_allowed(case: Accreditation, today: date) -> Refusal | None:
    """The decision clock may be extended once, in a first examination, before it has run out.

    It has run out when its last day is over, whether that has been said yet or not.
    """
    if case.cycle > 1 or case.state not in CLOCK_RUNS or case.due_on is None:
        return refusals.CLOCK_NOT_RUNNING.at()
    if case.overdue or today > case.due_on:
        return refusals.CLOCK_RAN_OUT.at()
    if case.extended:
        return refusals.ALREADY_EXTENDED.at()
    return None


@rule("AEO-EXAMINER", source="order-251", in_force=date(2021, 11, 1))
def examiner_only(case: Accreditation, officer: str) -> Refusal | None:
    """Only a drawn examiner reports on the on-site inspection."""
    if officer in case.examiners:
        return None
    return NOT_DRAWN.at()


@rule("AEO-OPINION", source="aeo-standard-2022", in_force=date(2021, 11, 1))
def decision_follows_score(case: Accreditation, kind: str) -> Refusal | None:
    """An enterprise that failed the scoring cannot be certified."""
    if kind != "CERTIFY" or case.passed:
        return None
    return refusals.SCORE_NOT_PASSED.at()


@rule("AEO-BOTH", source="order-251", in_force=date(2021, 11, 1))
def concurs_as_the_other(case: Accreditation, reporter: Actor, officer: Actor) -> Refusal | None:
    """The score is both examiners': the other one, another person, agrees or sends it back."""
    return examiner_only(case, officer.party_code) or second_person(reporter, officer)


@rule("AEO-CERTIFICATE", source="order-251", in_force=date(2021, 11, 1))
def certificate_stands(case: Accreditation, kind: str) -> Refusal | None:
    """Only a certificate that was issued is suspended or revoked, and it is suspended once."""
    if kind not in ("SUSPEND", "DOWNGRADE"):
        return None
    if case.certificate is None:
        return refusals.NO_CERTIFICATE.at()
    return refusals.ALREADY_SUSPENDED.at() if kind == "SUSPEND" and case.suspended_on else None


def move_of(case: Accreditation, kind: str) -> str:
    """The move of the state table that a decision of this kind is."""
    if kind == "FAIL" and case.cycle > 1:
        return "fail_review"
    return kind.lower()


def possible(case: Accreditation, today: date) -> tuple[str, ...]:
    """What customs may do with a case as it stands, whoever of it may: kinds of decision, and what
    is done upon grounds beside the next step."""
    decisions = (
        kind
        for kind in DECISIONS
        if (AeoState(case.state), move_of(case, kind)) in AEO.moves
        and not asked(today, certificate_stands, case, kind)
        and not asked(today, decision_follows_score, case, kind)
    )
    aside = {
        "extension": not asked(today, extension_allowed, case, today),
        "redraw": "redraw" in AEO.acts(AeoState(case.state)),
        "review": "fall_due" in AEO.acts(AeoState(case.state)),
    }
    return (*decisions, *(act for act, is_possible in aside.items() if is_possible))


@rule("AEO-SECOND", source="second-signature", in_force=date(2021, 11, 1))
def signed_by_another(author: Actor, signer: Actor) -> Refusal | None:
    """A decision is signed by a second officer, never by its author."""
    return second_person(author, signer)


@rule("AEO-SEPARATE", source="second-signature", in_force=date(2021, 11, 1))
def not_the_reporter(reporter: Actor | None, officer: Actor) -> Refusal | None:
    """Who examined on site neither decides on it nor signs the decision."""
    return None if reporter is None else second_person(reporter, officer)
