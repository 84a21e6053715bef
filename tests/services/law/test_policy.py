"""Legal parameters: dated, with authority, changed by two officers, and never rewritten."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from asyncpg import PostgresError
from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused
from services.law.domain.rules.policy import value_is_exact
from services.platform.policy import PolicyCache
from tests.support.legislators import (
    ADA,
    BEN,
    PLACES,
    approve,
    decline,
    policy_officer,
    proposal,
    propose,
    standing,
)
from tests.support.office import Office

SECTION_14 = [
    "hushi.daily_quota_cny",
    "hushi.border_km",
    "hushi.max_tickets_per_day",
    "hushi.over_quota_policy",
    "hushi.day_zone",
    "hushi.group_min_members",
    "hushi.flow_sla_min",
    "settle.sla_s",
    "vn.daily_quota_vnd",
    "vn.times_per_month",
    "vehicle.declaration_valid_h",
    "cbec.single",
    "cbec.year",
    "cbec.tax_factor",
    "cbec.sugar_kg_year",
    "cbec.rice_kg_year",
    "customs.declare_days",
    "customs.late_fee",
    "customs.late_fee_floor",
    "tax.pay_days",
    "tax.late",
    "tax.min",
    "credit.levels",
    "credit.rate_factor.advanced",
    "credit.rate_floor.dishonest",
    "credit.dishonest.nonbroker",
    "credit.dishonest.broker",
    "aeo.decide_days",
    "aeo.extend_days",
    "aeo.reapply_years",
    "aeo.review_years",
    "aeo.pass_score",
    "rcep.rvc_min",
    "rcep.deminimis",
    "rcep.proof_valid_years",
    "rcep.ruling_days",
    "rcep.ruling_valid_years",
    "rcep.release_h",
    "rcep.perishable_h",
    "rcep.express_h",
    "fx.quote_ttl_s",
    "fx.post_ttl_min",
    "fx.outlier",
    "fx.half_spread",
    "process.yield_tol",
    "process.unexplained_tol",
    "process.hs_rule",
    "aml.person_crossborder_cny",
    "aml.cash_day_cny",
    "bop.big_amount_usd_goods",
]


async def in_force(window: Office, key: str, on: str, scope: str = "") -> list[dict[str, Any]]:
    answer = await window.get(f"/policy?key={key}&on={on}&limit=200", **ADA)
    items: list[dict[str, Any]] = answer.json()["items"]
    return [row for row in items if row["scope"] == scope]


@pytest.mark.parametrize("key", SECTION_14)
async def test_every_parameter_of_the_domain_is_filed_with_authority_and_date(
    window: Office, key: str
) -> None:
    (row,) = await in_force(window, key, "2026-11-18")
    assert row["authority"]
    assert row["effective_from"] <= "2026-04-01"


async def test_dongxing_has_no_ticket_limit_and_a_port_override_has(window: Office) -> None:
    async with window.services.database.reading() as tx:
        book = await PolicyCache().book(tx)
    day = date(2026, 11, 18)
    assert book.get("hushi.max_tickets_per_day", on=day, scope="DONGXING") is None
    assert book.get("hushi.max_tickets_per_day", on=day, scope="PINGXIANG") == 1
    assert book.decimal("hushi.daily_quota_cny", on=day) == 8000


async def test_one_officer_alone_changes_nothing(window: Office) -> None:
    body = proposal()
    policy_id = await propose(window, body)
    refused = await approve(window, policy_id, ADA)
    assert (refused.status_code, refused.json()["code"]) == (409, "SAME_PERSON")
    assert await in_force(window, body["key"], "2096-06-01", body["scope"]) == []
    assert policy_id in await standing(window, "PROPOSED")


async def test_one_person_at_two_desks_and_two_persons_at_one_are_not_two_officers(
    window: Office,
) -> None:
    policy_id = await propose(window, proposal())
    for same in ({**BEN, "subject": "ada"}, {**ADA, "subject": "ben"}):
        for decided in (approve, decline):
            assert (await decided(window, policy_id, same)).json()["code"] == "SAME_PERSON"
    assert (await approve(window, policy_id)).status_code == 200


async def test_whoever_changes_the_law_is_on_file_and_in_service(window: Office) -> None:
    policy_id = await propose(window, proposal())
    elsewhere = {**BEN, "port": "PINGXIANG"}
    for stranger in (policy_officer("nobody"), {**BEN, "party": "officer:b"}, elsewhere):
        proposed = await window.post("/policy", proposal(), **stranger)
        decided = [await act(window, policy_id, stranger) for act in (approve, decline)]
        for answer in (proposed, *decided):
            assert (answer.status_code, answer.json()["code"]) == (403, "OFFICER_NOT_ON_FILE")


async def test_a_policy_officers_duty_has_no_port(window: Office) -> None:
    """Who names none is on file all the same; who names another's is not."""
    ada, ben = ({n: v for n, v in who.items() if n != "port"} for who in (ADA, BEN))
    assert (await approve(window, await propose(window, proposal(), ada), ben)).status_code == 200


async def test_an_approved_successor_ends_its_predecessor_and_caches_see_it(
    window: Office,
) -> None:
    cache = PolicyCache()
    body = proposal()
    first = await propose(window, body)
    assert (await approve(window, first)).json()["state"] == "APPROVED"
    async with window.services.database.reading() as tx:
        before = await cache.book(tx)
    second = await propose(window, {**body, "value": "9000.00", "effective_from": "2096-07-01"})
    assert (await approve(window, second)).status_code == 200
    async with window.services.database.reading() as tx:
        after = await cache.book(tx)
    assert after.version > before.version
    place = body["scope"]
    assert after.decimal(body["key"], on=date(2096, 6, 30), scope=place) == 8000
    assert after.decimal(body["key"], on=date(2096, 7, 1), scope=place) == 9000
    assert after.own(body["key"], on=date(2095, 12, 31), scope=place) is None
    with pytest.raises(Refused, match="POLICY_MISSING"):
        after.get(body["key"], on=date(1995, 12, 31), scope=place)
    again = await approve(window, second)
    assert again.json()["code"] == "STATE_CONFLICT"


async def test_a_period_under_an_approved_one_is_refused(window: Office) -> None:
    body = proposal(effective_from="2096-07-01")
    await approve(window, await propose(window, body))
    earlier = await propose(window, {**body, "effective_from": "2096-01-01"})
    refused = await approve(window, earlier)
    assert (refused.status_code, refused.json()["code"]) == (409, "POLICY_OVERLAP")
    before = {**body, "effective_from": "2096-01-01", "effective_to": "2096-07-01"}
    assert (await approve(window, await propose(window, before))).status_code == 200


async def test_what_was_judged_by_a_value_stays_judged_by_it(window: Office) -> None:
    """Neither in its scope nor everywhere does a past day get another law; today does."""
    today = business_day(datetime.now(UTC))
    for scope in (proposal()["scope"], ""):
        past = {"effective_from": f"{today - timedelta(days=1)}", "effective_to": f"{today}"}
        refused = await window.post("/policy", proposal(scope=scope, **past), **ADA)
        assert (refused.status_code, refused.json()["code"]) == (409, "POLICY_PAST")
        assert refused.json()["errors"][0]["pointer"] == "/effective_from"
    policy_id = await propose(window, proposal(effective_from=f"{today}"))
    assert (await approve(window, policy_id)).status_code == 200


async def test_a_proposal_that_waited_past_its_first_day_is_not_approved_any_more(
    window: Office,
) -> None:
    policy_id = await propose(window, proposal())
    async with window.services.database.transaction() as tx:
        await tx.execute(
            text("UPDATE policy_parameters SET effective_from = '2026-01-01' WHERE policy_id = :p"),
            {"p": uuid_of(policy_id, "pol")},
        )
    refused = await approve(window, policy_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "POLICY_PAST")


async def test_where_nothing_was_in_force_a_past_day_is_given_its_law(window: Office) -> None:
    gap = {"effective_from": "1990-01-01", "effective_to": "1990-02-01"}
    policy_id = await propose(window, proposal(**gap))
    assert (await approve(window, policy_id)).status_code == 200


async def test_two_approvals_of_rival_proposals_at_once_let_one_through(window: Office) -> None:
    body = proposal()
    rivals = [await propose(window, {**body, "value": str(n)}) for n in range(4)]
    answers = await asyncio.gather(*(approve(window, rival) for rival in rivals))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert len(await in_force(window, body["key"], "2096-06-01", body["scope"])) == 1


@pytest.mark.parametrize("approvals", range(4))
async def test_of_a_decline_and_an_approval_at_once_one_stands(
    window: Office, approvals: int
) -> None:
    body = proposal()
    policy_id = await propose(window, body)
    acts = [decline, approve] if approvals % 2 else [approve, decline]
    answers = await asyncio.gather(*(act(window, policy_id) for act in acts))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (state,) = {a.json()["state"] for a in answers if a.status_code == 200}
    assert policy_id in await standing(window, state)
    law = await in_force(window, body["key"], "2096-06-01", body["scope"])
    assert len(law) == (state == "APPROVED")
    (lost,) = (answer for answer in answers if answer.status_code == 409)
    assert lost.json()["code"] == "STATE_CONFLICT"


async def test_no_decimal_is_filed_as_a_number_that_a_reader_would_round(window: Office) -> None:
    """What stands so, no successor may be like."""
    async with window.services.database.reading() as tx:
        filed = await tx.execute(text("SELECT key, value::text AS value FROM policy_parameters"))
    rows = filed.all()
    assert rows
    assert {row.key for row in rows if not value_is_exact(json.loads(row.value))} == set()


@pytest.mark.parametrize(
    ("key", "value"), [("fx.quote_volume_max", "2000000000.00"), ("fx.tier_width_max", "0.03")]
)
async def test_what_bounds_a_quote_may_be_changed(window: Office, key: str, value: str) -> None:
    await propose(window, proposal(key=key, scope="", value=value, effective_from="2099-01-01"))


async def test_a_binary_fraction_is_no_legal_value(window: Office) -> None:
    answer = await window.post("/policy", proposal(value={"rate": 0.003}), **ADA)
    assert answer.json()["code"] == "POLICY_VALUE_INVALID"
    backwards = proposal(effective_to="2095-01-01")
    assert (await window.post("/policy", backwards, **ADA)).json()["code"] == "PERIOD_INVALID"


@pytest.mark.parametrize("value", ["abc", "-5.00", True, None, ["8000.00"], {"cny": "8000.00"}])
async def test_a_number_stays_a_number(window: Office, value: Any) -> None:
    body = proposal(scope=PLACES[0], value=value)
    refused = await window.post("/policy", body, **ADA)
    assert (refused.status_code, refused.json()["code"]) == (422, "POLICY_VALUE_INVALID")
    assert refused.json()["errors"][0]["pointer"] == "/value"
    assert "hushi.daily_quota_cny is written like" in refused.json()["detail"]


@pytest.mark.parametrize("value", [None, 1, "2"])
async def test_a_limit_that_may_be_missing_may_be_missing_again(window: Office, value: Any) -> None:
    body = proposal(key="hushi.max_tickets_per_day", scope=PLACES[0], value=value)
    assert (await window.post("/policy", body, **ADA)).status_code == 201


@pytest.mark.parametrize("value", ["1.5", "2.0", "1e1"])
@pytest.mark.parametrize("key", ["hushi.share_answer_min", "hushi.max_tickets_per_day"])
async def test_what_is_counted_stays_a_whole_number(window: Office, key: str, value: str) -> None:
    refused = await window.post("/policy", proposal(key=key, scope=PLACES[0], value=value), **ADA)
    assert (refused.status_code, refused.json()["code"]) == (422, "POLICY_VALUE_INVALID")
    for whole in (2, "2"):
        body = proposal(key=key, scope=PLACES[0], value=whole)
        assert (await window.post("/policy", body, **ADA)).status_code == 201


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_parameters SET value = '1' WHERE key = 'hushi.daily_quota_cny'",
        "DELETE FROM policy_parameters WHERE key = 'hushi.daily_quota_cny'",
        "INSERT INTO policy_parameters (policy_id, key, value, authority, effective_from,"
        " proposed_by, approved_by, approved_at) VALUES (gen_random_uuid(), 'trial.eyes', '1',"
        " 'x', '2026-01-01', 'ada', 'ada', now())",
        "INSERT INTO policy_parameters (policy_id, key, value, authority, effective_from,"
        " proposed_by, approved_by, approved_at) VALUES (gen_random_uuid(),"
        " 'hushi.daily_quota_cny', '1', 'x', '2026-01-01', 'ada', 'ben', now())",
    ],
)
async def test_the_database_itself_keeps_the_law(window: Office, statement: str) -> None:
    with pytest.raises(PostgresError):
        async with window.services.database.transaction() as tx:
            await tx.execute(text(statement))
