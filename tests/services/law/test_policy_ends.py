"""What nobody would read is not proposed; a proposal may be declined, and law to come revoked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest
from asyncpg import PostgresError

from deploy.operate.data_directory import Endpoints
from services.kernel.clock import business_day
from services.kernel.identifiers import case_uuid
from services.platform.policy import PolicyCache
from tests.support.legislators import (
    ADA,
    BEN,
    CYD,
    PLACES,
    approve,
    decline,
    policy_officer,
    proposal,
    propose,
    standing,
)
from tests.support.office import Office

ROW = "SELECT * FROM policy_parameters WHERE policy_id = $1"
WHY = {"grounds": "its notice is withdrawn"}


async def made_law(window: Office, **terms: Any) -> str:
    """A value that two have approved."""
    policy_id = await propose(window, proposal(**terms))
    assert (await approve(window, policy_id)).status_code == 200
    return policy_id


async def ask(window: Office, policy_id: str, officer: dict[str, str] = ADA) -> Any:
    return await window.post(f"/policy/{policy_id}/revocation", WHY, **officer)


async def decide(window: Office, policy_id: str, officer: dict[str, str], *, so: bool) -> Any:
    path = f"/policy/{policy_id}/revocation/decision"
    return await window.post(path, {"approve": so}, **officer)


async def revoke(window: Office, policy_id: str) -> None:
    assert (await ask(window, policy_id)).json()["state"] == "REVOCATION_PROPOSED"
    assert (await decide(window, policy_id, BEN, so=True)).json()["state"] == "REVOKED"


async def value(window: Office, place: str, on: str) -> Any:
    """The place's own quota on a day."""
    async with window.services.database.reading() as tx:
        book = await PolicyCache().book(tx)
    row = book.own("hushi.daily_quota_cny", on=date.fromisoformat(on), scope=place)
    return None if row is None else row.value


async def refused(window: Office, **terms: Any) -> tuple[int, dict[str, Any]]:
    answer = await window.post("/policy", proposal(**terms), **ADA)
    (error,) = answer.json()["errors"]
    return answer.status_code, {**error, "detail": answer.json()["detail"]}


async def test_a_parameter_that_nothing_reads_is_refused_with_the_nearest_named(
    window: Office,
) -> None:
    status, error = await refused(window, key="hushi.dayly_quota_cny", scope=PLACES[0])
    assert (status, error["code"], error["rule"]) == (422, "POLICY_KEY_UNKNOWN", "POL-04")
    assert error["pointer"] == "/key"
    assert "hushi.daily_quota_cny" in error["detail"]


@pytest.mark.parametrize(
    ("key", "scope", "named"),
    [
        ("hushi.daily_quota_cny", "dongxing", "DONGXING"),
        ("hushi.daily_quota_cny", "replay:DONGXING", "DONGXING"),
        ("hushi.entry_age_max_days", "replay:DONGXIN", "DONGXING"),
        ("fx.price_move_banks", "CNYVND", "CNY-VND"),
        ("fx.quote_volume_max", "DONGXING", "CNY"),
        ("process.yield_tol", "cashews", "08013100"),
        ("calendar.days", "VN2027", "VN-2027"),
        ("process.yield_tol", "08013", "08013100"),
        ("settle.sla_s", "DONGXING", "holds everywhere"),
    ],
)
async def test_a_scope_in_which_nobody_asks_is_refused(
    window: Office, key: str, scope: str, named: str
) -> None:
    status, error = await refused(window, key=key, scope=scope)
    assert (status, error["code"], error["rule"]) == (422, "POLICY_SCOPE_UNKNOWN", "POL-05")
    assert error["pointer"] == "/scope"
    assert named in error["detail"]


@pytest.mark.parametrize(
    ("key", "scope", "value"),
    [
        ("hushi.entry_age_max_days", "replay:DONGXING", 10),
        ("hushi.entry_age_max_days", "DONGXING", 10),
        ("fx.price_move_banks", "CNY-VND", 3),
        ("process.yield_tol", "08013100", "0.04"),
        ("calendar.days", "VN-2027", {"closed": ["2027-01-01"], "worked": []}),
    ],
)
async def test_each_parameter_has_scopes_of_its_own(
    window: Office, key: str, scope: str, value: Any
) -> None:
    await propose(window, proposal(key=key, scope=scope, value=value))


async def test_a_second_officer_declines_and_it_waits_no_more(window: Office) -> None:
    policy_id = await propose(window, proposal())
    assert (await decline(window, policy_id, ADA)).json()["code"] == "SAME_PERSON"
    assert policy_id in await standing(window, "PROPOSED")
    assert (await decline(window, policy_id)).json()["state"] == "DECLINED"
    shown = (await standing(window, "DECLINED"))[policy_id]
    said = (shown["proposed_by"], shown["declined_by"], shown["declined_for"])
    assert said == ("ada", "ben", "its notice is not out")
    assert shown["declined_at"]
    assert policy_id not in await standing(window, "PROPOSED")
    for again in (await decline(window, policy_id), await approve(window, policy_id)):
        assert (again.status_code, again.json()["code"]) == (409, "STATE_CONFLICT")


async def test_whoever_declines_says_why(window: Office) -> None:
    policy_id = await propose(window, proposal())
    answer = await window.post(f"/policy/{policy_id}/refusal", {}, **BEN)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
    assert policy_id in await standing(window, "PROPOSED")


async def test_what_two_have_approved_is_declined_by_nobody(window: Office) -> None:
    policy_id = await made_law(window)
    assert (await decline(window, policy_id)).json()["code"] == "STATE_CONFLICT"


async def test_law_to_come_is_revoked_by_two_and_its_predecessor_holds_on(window: Office) -> None:
    body = proposal()
    terms = {"scope": body["scope"]}
    await made_law(window, **terms)
    typed = await made_law(window, **terms, value="800.00", effective_from="2098-01-01")
    assert await value(window, body["scope"], "2098-01-01") == "800.00"
    assert (await ask(window, typed)).status_code == 200
    assert typed in await standing(window, "REVOCATION_PROPOSED")
    assert (await decide(window, typed, ADA, so=True)).json()["code"] == "SAME_PERSON"
    assert await value(window, body["scope"], "2098-01-01") == "800.00"
    assert (await decide(window, typed, BEN, so=True)).json()["state"] == "REVOKED"
    shown = (await standing(window, "REVOKED"))[typed]
    said = [shown[who] for who in ("revocation_asked_by", "revocation_grounds", "revoked_by")]
    assert said == ["ada", WHY["grounds"], "ben"]
    assert shown["revoked_at"]
    assert await value(window, body["scope"], "2098-01-01") == "8000.00"
    for act in (approve, decline, ask):
        again = await act(window, typed)
        assert again.json()["code"] == "STATE_CONFLICT"
    await made_law(window, **terms, value="8100.00", effective_from="2098-01-01")
    assert await value(window, body["scope"], "2097-12-31") == "8000.00"
    assert await value(window, body["scope"], "2098-01-01") == "8100.00"
    assert await value(window, body["scope"], "2096-01-01") == "8000.00", "as on past days"


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_that_follow_each_other_either_is_revoked_first(
    window: Office, first: int
) -> None:
    scope = proposal()["scope"]
    await made_law(window, scope=scope, value="1.00")
    later = [
        await made_law(window, scope=scope, value=sum_, effective_from=since)
        for sum_, since in (("2.00", "2097-01-01"), ("3.00", "2098-01-01"))
    ]
    await revoke(window, later[first])
    days = ("2096-12-31", "2097-06-01", "2098-06-01")
    left = [["1.00", "1.00", "3.00"], ["1.00", "2.00", "2.00"]][first]
    assert [await value(window, scope, day) for day in days] == left
    await revoke(window, later[1 - first])
    assert [await value(window, scope, day) for day in days] == ["1.00"] * 3


async def test_what_was_approved_with_an_end_ends_there_whatever_is_revoked(window: Office) -> None:
    scope = proposal()["scope"]
    await made_law(window, scope=scope, effective_to="2097-01-01")
    await revoke(window, await made_law(window, scope=scope, effective_from="2097-01-01"))
    assert await value(window, scope, "2096-12-31") == "8000.00"
    assert await value(window, scope, "2097-01-01") is None


async def test_what_is_kept_begins_and_may_be_asked_for_again(window: Office) -> None:
    policy_id = await made_law(window, effective_from="2097-01-01")
    assert (await ask(window, policy_id)).status_code == 200
    assert (await ask(window, policy_id, BEN)).json()["code"] == "REVOCATION_PENDING"
    assert (await decide(window, policy_id, BEN, so=False)).json()["state"] == "APPROVED"
    assert (await decide(window, policy_id, BEN, so=True)).json()["code"] == "STATE_CONFLICT"
    await revoke(window, policy_id)


async def test_one_person_at_two_desks_and_two_persons_at_one_revoke_nothing(
    window: Office,
) -> None:
    policy_id = await made_law(window, effective_from="2097-01-01")
    assert (await ask(window, policy_id)).status_code == 200
    for same in ({**BEN, "subject": "ada"}, {**ADA, "subject": "ben"}):
        for so in (True, False):
            answer = await decide(window, policy_id, same, so=so)
            assert answer.json()["code"] == "SAME_PERSON"
    assert policy_id in await standing(window, "REVOCATION_PROPOSED")


async def test_of_a_revocation_decided_both_ways_at_once_one_decision_stands(
    window: Office,
) -> None:
    scope = proposal()["scope"]
    policy_id = await made_law(window, scope=scope, effective_from="2097-01-01")
    assert (await ask(window, policy_id, CYD)).status_code == 200
    answers = await asyncio.gather(
        decide(window, policy_id, ADA, so=True), decide(window, policy_id, BEN, so=False)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (state,) = {a.json()["state"] for a in answers if a.status_code == 200}
    assert policy_id in await standing(window, state)
    assert (await value(window, scope, "2097-01-01") is None) == (state == "REVOKED")


async def test_a_revocation_and_a_successor_at_once_leave_one_law_a_day(window: Office) -> None:
    scope = proposal()["scope"]
    await made_law(window, scope=scope, value="1.00")
    typed = await made_law(window, scope=scope, value="2.00", effective_from="2097-01-01")
    better = await propose(window, proposal(scope=scope, value="3.00", effective_from="2098-01-01"))
    assert (await ask(window, typed)).status_code == 200
    answers = await asyncio.gather(decide(window, typed, BEN, so=True), approve(window, better))
    assert [answer.status_code for answer in answers] == [200, 200]
    days = ("2096-12-31", "2097-06-01", "2097-12-31", "2098-01-01")
    assert [await value(window, scope, day) for day in days] == ["1.00", "1.00", "1.00", "3.00"]


async def test_what_has_begun_is_never_revoked(window: Office) -> None:
    today = business_day(datetime.now(UTC))
    policy_id = await made_law(window, effective_from=f"{today}")
    answer = await ask(window, policy_id)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["rule"]) == (409, "POL-06")
    waiting = await propose(window, proposal(effective_from="2097-01-01"))
    assert (await ask(window, waiting)).json()["code"] == "STATE_CONFLICT"


async def test_only_officers_on_file_decline_and_revoke(window: Office) -> None:
    stranger = policy_officer("nobody")
    waiting, law = (
        await propose(window, proposal()),
        await made_law(window, effective_from="2097-01-01"),
    )
    assert (await ask(window, law)).status_code == 200
    for answer in (
        await decline(window, waiting, stranger),
        await ask(window, law, stranger),
        await decide(window, law, stranger, so=True),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "OFFICER_NOT_ON_FILE")


@pytest.mark.parametrize(
    "change",
    [
        # Revoked although it has begun; approved again; its end moved where nothing was revoked.
        "revocation_asked_by = 'x', revocation_grounds = 'x', revoked_by = 'y', revoked_at = now(),"
        " approved_by = NULL, approved_at = NULL",
        "approved_by = NULL, approved_at = NULL",
        "effective_to = NULL",
        "value = '\"1.00\"'",
        "declined_by = 'x', declined_at = now(), declined_for = 'x'",
    ],
)
async def test_the_database_itself_lets_nothing_that_has_begun_be_revoked(
    window: Office, stack: Endpoints, change: str
) -> None:
    policy_id = await made_law(window, effective_to="2097-01-01")
    async with asyncpg.create_pool(stack.database_url, min_size=0, max_size=1) as sql:
        with pytest.raises(PostgresError):
            await sql.execute(
                f"UPDATE policy_parameters SET {change} WHERE policy_id = $1", case_uuid(policy_id)
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_parameters SET approved_by = 'z', approved_at = now() WHERE policy_id = $1",
        "UPDATE policy_parameters SET declined_by = NULL, declined_at = NULL, declined_for = NULL"
        " WHERE policy_id = $1",
        "UPDATE policy_parameters SET revoked_by = NULL, revoked_at = NULL WHERE policy_id = $1",
        "DELETE FROM policy_parameters WHERE policy_id = $1",
    ],
)
async def test_the_database_itself_keeps_what_was_declined_or_revoked(
    window: Office, stack: Endpoints, statement: str
) -> None:
    declined = await propose(window, proposal())
    assert (await decline(window, declined)).status_code == 200
    revoked = await made_law(window, effective_from="2097-01-01")
    await revoke(window, revoked)
    async with asyncpg.create_pool(stack.database_url, min_size=0, max_size=1) as sql:
        for policy_id in (declined, revoked):
            before = await sql.fetchrow(ROW, case_uuid(policy_id))
            with suppress(PostgresError):
                await sql.execute(statement, case_uuid(policy_id))
            assert await sql.fetchrow(ROW, case_uuid(policy_id)) == before
