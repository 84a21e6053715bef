"""Which days a book covers: bounded, correctable, and free again after an early close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.services.processing.conftest import Factories, Factory, P, released
from tests.services.processing.test_book_alerts import officer
from tests.support.one_day import today
from tests.support.window import Group, Window, codes


def days(first: int, last: int) -> dict[str, str]:
    """A period by its distance from today."""
    return {
        "period_from": (today() + timedelta(days=first)).isoformat(),
        "period_to": (today() + timedelta(days=last)).isoformat(),
    }


async def corrected(window: Window, plant: Factory, book_id: str, **what: Any) -> Any:
    """Ask for a correction, and let an officer of the port consent to it; the officer's answer."""
    body = {"grounds": "a mistype, see the paper", **what}
    asked = await plant.party.try_post(f"{P}/books/{book_id}/corrections", body)
    assert asked.status_code == 201, asked.text
    signing, _ = await officer(window)
    word = {"decision": "CONSENT", "reason": "seen in the paper"}
    path = f"{P}/corrections/{asked.json()['correction_id']}/decision"
    return await signing.try_post(path, word)


@pytest.mark.parametrize("last", ["9999-12-31", "9999-12-30", "2062-01-01"])
async def test_no_book_is_opened_for_more_than_the_law_says(factory: Factories, last: str) -> None:
    plant = await factory()
    body = {"period_from": today().isoformat(), "period_to": last}
    refused = await plant.party.try_post(f"{P}/books", body)
    assert refused.status_code == 422, "a year that no calendar of people has is no day at all"
    if last < "9999":
        assert codes(refused) == ["PERIOD_INVALID"]
        most = (today() + timedelta(days=365)).isoformat()
        assert refused.json()["errors"][0]["facts"] == {"most": 366, "last": most}


async def test_a_book_of_exactly_the_longest_period_is_opened(factory: Factories) -> None:
    plant = await factory()
    too_long = await plant.party.try_post(f"{P}/books", days(0, 366))
    assert codes(too_long) == ["PERIOD_INVALID"]
    assert (await plant.party.try_post(f"{P}/books", days(0, 365))).status_code == 201


@pytest.mark.parametrize("first", ["9999-12-31", "2062-01-01"])
async def test_no_book_is_opened_far_ahead(factory: Factories, first: str) -> None:
    plant = await factory()
    refused = await plant.party.try_post(f"{P}/books", {"period_from": first, "period_to": first})
    assert refused.status_code == 422
    assert (await plant.party.try_post(f"{P}/books", days(93, 94))).status_code == 422
    assert (await plant.party.try_post(f"{P}/books", days(92, 94))).status_code == 201


async def test_nothing_is_received_into_or_counted_in_a_book_that_has_not_begun(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book(**days(31, 60))
    shown = await plant.party.get(f"{P}/books/{book_id}")
    (listed,) = (await plant.party.get(f"{P}/books"))["items"]
    assert (shown["begun"], listed["begun"]) == (False, False)
    purchase_id = await plant.buy(await released(window, group))
    await plant.dispatch(purchase_id)
    received = await plant.receive(purchase_id, book_id, "100")
    assert (received.status_code, codes(received)) == (409, ["PERIOD_NOT_BEGUN"])
    counted = await plant.party.try_post(f"{P}/books/{book_id}/closing", {"closing_kg": {}})
    assert codes(counted) == ["PERIOD_NOT_BEGUN"]
    assert (await corrected(window, plant, book_id, kind="PERIOD", **days(0, 30))).is_success
    (listed,) = (await plant.party.get(f"{P}/books"))["items"]
    assert listed["begun"]
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201


async def test_a_period_filed_wrong_is_put_right_with_an_officers_consent_and_a_trace_of_both(
    window: Window, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book(**days(0, 300))
    meant, filed = days(0, 30), days(0, 300)
    answer = await corrected(window, plant, book_id, kind="PERIOD", period_to=meant["period_to"])
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["decision"]) == ("OPEN", "CONSENTED")
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert (shown["period_from"], shown["period_to"]) == (meant["period_from"], meant["period_to"])
    (kept,) = (await plant.party.get(f"{P}/corrections", book_id=book_id))["items"]
    assert (kept["former"], kept["becomes"], kept["state"]) == (filed, meant, "CONSENTED")
    assert kept["asked_by"] == f"enterprise:{plant.code}"
    assert kept["decided_by"].startswith("officer:ofc_")
    assert (kept["grounds"], kept["reason"]) == ("a mistype, see the paper", "seen in the paper")
    wait = "SELECT due_at FROM case_waits WHERE case_id = $1 AND code = 'CLOSING'"
    due = await window.sql.fetchval(wait, UUID(hex=book_id[4:]))
    assert due.date() == date.fromisoformat(meant["period_to"])


async def test_a_corrected_period_is_bounded_and_keeps_its_entries(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "1")
    path = f"{P}/books/{book_id}/corrections"
    for period in (days(0, 366), days(1, 30)):
        body = {"kind": "PERIOD", "grounds": "mistyped", **period}
        assert codes(await plant.party.try_post(path, body)) == ["PERIOD_INVALID"]


@pytest.mark.parametrize("entry", ["receipt", "declaration"])
async def test_a_period_does_not_begin_after_what_was_entered_in_it(
    window: Window, group: Group, factory: Factories, entry: str
) -> None:
    plant = await factory()
    book_id = await plant.open_book(**days(0, 40))
    if entry == "receipt":
        purchase_id = await plant.buy(await released(window, group, kg_each="1000"))
        await plant.dispatch(purchase_id)
        assert (await plant.receive(purchase_id, book_id, "1000")).status_code == 201
    else:
        await plant.carried(book_id, "08013100")
        assert (await plant.declare(book_id)).status_code == 201
    path = f"{P}/books/{book_id}/corrections"
    body = {"kind": "PERIOD", "grounds": "mistyped", "period_from": days(1, 1)["period_from"]}
    refused = await plant.party.try_post(path, body)
    assert codes(refused) == ["PERIOD_INVALID"]
    day = today().isoformat()
    assert refused.json()["errors"][0]["facts"] == {"first": day, "last": day}


async def test_a_book_ends_on_the_day_of_its_count_whenever_the_officer_accepts(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book(**days(-3, 40))
    purchase_id = await plant.buy(await released(window, group, kg_each="1000"))
    await plant.dispatch(purchase_id)
    await plant.receive(purchase_id, book_id, "1000")
    assert (await plant.close(book_id, "900")).json()["state"] == "ALERTED"
    counted = today() - timedelta(days=2)
    await window.sql.execute(
        "UPDATE books SET counted_on = $2 WHERE book_id = $1", UUID(hex=book_id[4:]), counted
    )
    signing, _ = await officer(window)
    for alert in (await signing.get(f"{P}/alerts", book_id=book_id))["items"]:
        await signing.post(
            f"{P}/alerts/{alert['alert_id']}/closing",
            {"resolution": "ACCEPT", "reason": "moisture lost on the way"},
        )
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert (shown["state"], shown["ended_on"]) == ("CLOSED", counted.isoformat())
    assert (await plant.party.try_post(f"{P}/books", days(-1, 40))).status_code == 201


async def test_a_book_that_was_given_back_ends_on_the_day_of_its_next_count(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book(**days(-3, 40))
    purchase_id = await plant.buy(await released(window, group, kg_each="1000"))
    await plant.dispatch(purchase_id)
    await plant.receive(purchase_id, book_id, "1000")
    await plant.close(book_id, "900")
    await window.sql.execute(
        "UPDATE books SET counted_on = counted_on - 2 WHERE book_id = $1", UUID(hex=book_id[4:])
    )
    signing, _ = await officer(window)
    (alert, *_) = (await signing.get(f"{P}/alerts", book_id=book_id))["items"]
    said = {"resolution": "REOPEN", "reason": "count again"}
    await signing.post(f"{P}/alerts/{alert['alert_id']}/closing", said)
    assert (await plant.close(book_id, "1000")).json()["state"] == "CLOSED"
    assert (await plant.party.get(f"{P}/books/{book_id}"))["ended_on"] == today().isoformat()


async def test_an_early_close_leaves_the_rest_of_the_period_usable(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    assert (await plant.close(book_id, "10000")).json()["state"] == "CLOSED"
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert shown["ended_on"] == today().isoformat()
    assert shown["period_to"] == (today() + timedelta(days=40)).isoformat(), "as it was filed"
    assert codes(await plant.party.try_post(f"{P}/books", days(0, 30))) == ["PERIOD_OVERLAP"]
    rest = await plant.party.post(f"{P}/books", days(1, 40))
    assert rest["opening_kg"] == {"08013100": "10000.000"}


async def test_a_book_of_days_to_come_says_that_it_takes_corrections_and_one_at_a_time(
    window: Window, factory: Factories
) -> None:
    plant = await factory()
    path = f"{P}/books/{await plant.open_book(**days(31, 60))}"
    assert (await plant.party.get(path))["acts"] == ["correct"]
    wish = {"kind": "PERIOD", "grounds": "a mistype, see the paper", **days(31, 59)}
    asked = await plant.party.post(f"{path}/corrections", wish)
    assert (await plant.party.get(path))["acts"] == []
    signing, _ = await officer(window)
    one = f"{P}/corrections/{asked['correction_id']}"
    assert (await plant.party.get(one))["acts"] == []
    assert (await signing.get(one))["acts"] == ["consent", "refuse"]
    await signing.sign(one, "decision", {"decision": "REFUSE", "reason": "seen in the paper"})
    assert (await plant.party.get(path))["acts"] == ["correct"]
    assert (await signing.get(one))["acts"] == []
