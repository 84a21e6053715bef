"""Nobody concerned is told too early: each kind of party by a list, and no field beyond it."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from migrations.apply import event_types
from services.accreditation.domain import events as accreditation
from services.inspection.domain.events import FindingsRecorded, InspectionStaffed
from services.kernel.events import Event
from services.kernel.messages import Actor
from services.manifests import case_kinds
from services.platform.standing import state_told
from services.window.domain.rules.disclosure import (
    TOLD,
    disclosed,
    is_shown,
)
from tests.services.window.conftest import Desk

CONCERNED = ("resident", "group", "enterprise", "gate", "carrier", "bank")
NOT_YET = {
    "InspectionOrdered": ("method",),
    "InspectionStaffed": ("officers", "bay", "seed_id"),
    "LotScreened": ("reasons", "draw_value", "rate", "credit_level"),
    "ExaminersDrawn": ("officers", "eligible", "others"),
    "InspectionConcluded": ("author", "signer"),
    "EnterpriseCertified": ("author", "signer"),
}
"""Of what is told at all, what nobody concerned is told."""
INSIDE = (
    "FindingsRecorded",
    "FindingsSentBack",
    "OnSiteReported",
    "AccreditationDecisionProposed",
    "CreditLevelProposed",
    "RiskControlSet",
    "LotCalledIn",
)
"""What is told to customs and auditors alone."""


RAISED_BY = {
    "SALE": "LotReleased",
    "SETTLEMENT": "LotReleased",
    "PURCHASE": "LotOffered",
    "DISPATCH": "LotBought",
    "RECEIPT": "GoodsDispatched",
    "ALERT": "AlertRaised",
    "CORRECTION": "CorrectionAsked",
    "SIGNATURE": "AccreditationDecisionProposed",
    "ANSWER_CONFIRMATION": "BankAnswerEntered",
    "BANK_DISPUTE": "BankStatusDisputed",
    "HELD_DISPUTE": "HeldAnswerDisputed",
    "GOODS_GONE": "PaymentGoodsGone",
    "MONEY_BLOCKED": "SettlementEscalated",
}
"""What a case waits for beside its state, by the event with which it begins to wait."""


def viewer(kind: str) -> Actor:
    return Actor(subject="s", party=f"{kind}:X", role=kind)


def test_every_event_is_in_the_list_with_fields_that_it_has() -> None:
    events = event_types()
    assert set(TOLD) == set(events)
    for type_, told in TOLD.items():
        listed = told.everybody | told.officer | told.bank
        assert listed <= set(Event.registry[type_].model_fields), type_


@pytest.mark.parametrize("kind", CONCERNED)
def test_nobody_concerned_is_told_who_comes_how_or_what_is_not_signed_yet(kind: str) -> None:
    for type_, fields in NOT_YET.items():
        body: dict[str, Any] = dict.fromkeys(Event.registry[type_].model_fields)
        assert not set(fields) & set(disclosed(type_, body, party_kind=kind)), type_
        assert set(fields) <= set(disclosed(type_, body, party_kind="officer")), type_
    for type_ in INSIDE:
        assert not is_shown(type_, "officer:ofc_a", viewer(kind))
        assert is_shown(type_, "officer:ofc_a", viewer("officer"))
        assert is_shown(type_, "officer:ofc_a", viewer("auditor"))


@pytest.mark.parametrize("kind", (*CONCERNED, "officer"))
def test_a_field_and_an_event_that_nobody_has_listed_are_told_to_auditors_alone(kind: str) -> None:
    body = {"lane": "RED", "new": 1}
    assert disclosed("LotSentToInspection", body, party_kind=kind) == {"lane": "RED"}
    assert disclosed("LotSentToInspection", body, party_kind="auditor") == body
    assert not is_shown("NeverHeardOf", "officer:ofc_a", viewer(kind))
    assert is_shown("NeverHeardOf", "officer:ofc_a", viewer("auditor"))


def test_what_a_case_waits_for_tells_nobody_of_an_event_that_he_is_not_told_of() -> None:
    aside = [wait for kind in case_kinds().values() for wait in kind.states.aside]
    assert set(RAISED_BY) == {str(wait.code) for wait in aside}
    for wait in aside:
        for kind in (*CONCERNED, "officer", "auditor"):
            told = is_shown(RAISED_BY[wait.code], "somebody:Y", viewer(kind))
            assert wait.is_told_to(kind) == told, (wait.code, kind)


def test_an_enterprises_version_leaves_out_what_one_officer_alone_has_written() -> None:
    view = Path(accreditation.__file__).parents[3] / "migrations/views"
    sql = (view / "accreditation_accreditations.sql").read_text(encoding="utf-8")
    own = {name for name, event in Event.registry.items() if _is_of_accreditation(event)}
    inside = {name for name in own if TOLD[name].to("enterprise") is None}
    # By a concurrence the case stands otherwise to its enterprise too.
    assert set(re.findall("'([A-Z][A-Za-z]+)'", sql)) == inside - {"OnSiteConcurred"}


def _is_of_accreditation(event: type[Event]) -> bool:
    own = event.__module__ == accreditation.__name__ and not event.__name__.startswith("Credit")
    return own and event.changes


async def test_a_list_by_state_finds_a_case_where_its_readers_are_told_that_it_stands(
    desk: Desk,
) -> None:
    now = datetime.now(UTC)
    tables = [kind.states for kind in case_kinds().values() if kind.states.outside is not None]
    assert {table.name for table in tables} >= {"inspection_order", "accreditation", "settlement"}
    for table in tables:
        assert table.outside is not None
        column = table.outside.until or "no_clock"
        at = f"$3::timestamptz AS {column}, $4::timestamptz AS now"
        told = state_told(table, "r", outside="$2::boolean", now="r.now")
        sql = f"SELECT {told} FROM (SELECT $1::text AS state, {at}) AS r"
        for state, hours in product(table.held, (-1, 0, 1, None)):
            until = None if hours is None else now + timedelta(hours=hours)
            found = await desk.sql.fetchval(sql, state, True, until, now)
            assert found == table.stands_outside(state, until=until, now=now)
            assert await desk.sql.fetchval(sql, state, False, until, now) == state


def test_only_of_payments_the_window_asks_until_when_they_stand_otherwise() -> None:
    by_the_clock = {
        prefix: kind.states.outside.until
        for prefix, kind in case_kinds().items()
        if kind.states.outside is not None and kind.states.outside.until is not None
    }
    assert by_the_clock == {"stl": "hold_told_at"}


async def test_a_trader_reads_no_findings_before_they_are_signed(desk: Desk) -> None:
    lot_id = await desk.file_lot(silent=True)
    found = FindingsRecorded(
        round=1, author="ofc_a", method="FULL", results=("SMUGGLED",), disposal="SEIZE"
    )
    drawn = InspectionStaffed(officers=("ofc_a", "ofc_b"), bay="B1", seed_id="sed_x", attempt=1)
    await desk.say(lot_id, drawn, step="staff")
    await desk.say(lot_id, found, step="findings")
    path = f"/window/v1/cases/{lot_id}/timeline"
    told = (await desk.get(path)).json()["items"]
    assert [(e["type"], e["body"]) for e in told] == [("InspectionStaffed", {})]
    customs = (await desk.get(path, "officer", "officer:ofc-1", "DONGXING")).json()["items"]
    assert [e["type"] for e in customs] == ["InspectionStaffed", "FindingsRecorded"]
    assert customs[0]["body"]["officers"] == ["ofc_a", "ofc_b"]
