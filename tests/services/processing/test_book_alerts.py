"""A book that does not balance alerts, and an officer of its port has the word."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from deploy.sandbox.parties import Party
from services.kernel.identifiers import new_id
from tests.services.processing.conftest import Factories, Factory, P, released
from tests.support.one_day import today
from tests.support.window import Group, Window, codes


async def officer(window: Window, *, port: str = "DONGXING") -> tuple[Party, str]:
    """A filed officer of a port, and the badge."""
    badge = f"P{uuid4().hex[:8]}"
    row = {"badge_no": badge, "name": "李关员", "port": port, "team": "T1"}
    await window.on_file("officers", row)
    row_id = await window.sql.fetchval("SELECT officer_id FROM officers WHERE badge_no = $1", badge)
    return window.parties.act_as("officer", f"officer:ofc_{row_id.hex}", port=port), badge


async def alerts(party: Party, book_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await party.get(f"{P}/alerts", book_id=book_id))["items"]
    return items


async def over_tolerance(plant: Factory, group: Group) -> tuple[str, dict[str, Any]]:
    """A book whose count is 1.8 % off (W23), and the alert that it raises."""
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2450")
    assert (await plant.close(book_id, "20")).json()["state"] == "ALERTED"
    (alert,) = await alerts(plant.party, book_id)
    return book_id, alert


async def word(party: Party, alert_id: str, resolution: str = "ACCEPT") -> Any:
    body = {"resolution": resolution, "reason": "moisture lost on the way, weighed twice"}
    return await party.try_post(f"{P}/alerts/{alert_id}/closing", body)


async def test_w23_over_tolerance_an_officer_closes_the_alert_with_a_reason(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2450")
    counted = (await plant.close(book_id, "20")).json()
    assert counted["state"] == "ALERTED"
    (alert,) = await alerts(plant.party, book_id)
    assert (alert["kind"], alert["deviation"], alert["tolerance"]) == (
        "BALANCE",
        "0.018000",
        "0.01",
    )
    assert codes(await plant.produce(book_id, "1")) == ["STATE_CONFLICT"]
    customs, _ = await officer(window)
    unreasoned = await customs.try_post(
        f"{P}/alerts/{alert['alert_id']}/closing", {"resolution": "ACCEPT", "reason": " "}
    )
    assert unreasoned.status_code == 422
    said = await word(customs, alert["alert_id"])
    assert said.json()["state"] == "CLOSED"
    (alert,) = await alerts(customs, book_id)
    assert alert["state"] == "ACCEPTED"
    assert alert["reason"] == "moisture lost on the way, weighed twice"
    assert (await word(customs, alert["alert_id"])).status_code == 409


async def test_w23_a_yield_4_8_percent_low_alerts_and_an_officer_gives_the_book_back(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2380")
    assert (await plant.close(book_id, "0")).json()["state"] == "ALERTED"
    raised = {a["kind"]: a for a in await alerts(plant.party, book_id)}
    assert raised["YIELD"]["deviation"] == "-0.048000"
    customs, _ = await officer(window)
    given_back = (await word(customs, raised["YIELD"]["alert_id"], "REOPEN")).json()
    assert (given_back["state"], given_back["alerts_waiting"]) == ("OPEN", 0)
    await plant.produce(book_id, "70")
    assert (await plant.close(book_id, "150")).json()["state"] == "CLOSED"
    states = [a["state"] for a in await alerts(customs, book_id)]
    assert states == ["REOPENED", "REOPENED"]


async def test_products_out_of_nothing_alert_and_the_report_is_taken_back(
    group: Group, factory: Factories
) -> None:
    """Whatever the numbers, a count is answered at once and the book is not stuck behind it."""
    plant = await factory()
    book_id = await plant.stocked_book(group, "100")
    for _ in range(2):
        said = {"grounds": "the scale shows nines"}
        answer = await plant.produce(book_id, "999999999999.999", **said)
        assert answer.status_code == 201, answer.text
    assert (await plant.close(book_id, "57")).json()["state"] == "ALERTED"
    raised = {a["kind"]: a for a in await alerts(plant.party, book_id)}
    assert float(raised["YIELD"]["deviation"]) > 1e8


async def test_two_officers_at_once_and_one_word_counts(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    _, alert = await over_tolerance(plant, group)
    officers = [(await officer(window))[0] for _ in range(4)]
    answers = await asyncio.gather(*(word(o, alert["alert_id"]) for o in officers))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]


async def test_only_an_officer_of_the_port_without_conflict_closes_an_alert(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    _, alert = await over_tolerance(plant, group)
    assert (await word(plant.party, alert["alert_id"])).status_code == 403
    elsewhere, _ = await officer(window, port="RUILI")
    assert (await word(elsewhere, alert["alert_id"])).status_code == 404
    unknown = window.parties.act_as("officer", f"officer:{new_id('ofc')}", port="DONGXING")
    assert codes(await word(unknown, alert["alert_id"])) == ["OFFICER_NOT_ON_FILE"]
    partial, badge = await officer(window)
    row = {
        "badge_no": badge,
        "party": f"enterprise:{plant.code}",
        "declared_on": today().isoformat(),
    }
    (open_to_him,) = await alerts(partial, alert["book_id"])
    book = f"{P}/books/{alert['book_id']}"
    assert [one["acts"] for one in (open_to_him, await partial.get(book))] == [
        ["accept", "reopen"]
    ] * 2
    await window.on_file("conflicts", row)
    assert codes(await word(partial, alert["alert_id"])) == ["FORBIDDEN"]
    # Neither the list nor the alert nor its book tells him of an act that he is refused.
    (told,) = await alerts(partial, alert["book_id"])
    alone = await partial.get(f"{P}/alerts/{alert['alert_id']}")
    assert [one["acts"] for one in (told, alone, await partial.get(book))] == [[], [], []]


async def test_a_receipt_far_from_what_was_bought_or_a_broken_seal_alerts(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id = await plant.buy(await released(window, group, kg_each="1000"))
    await plant.dispatch(purchase_id)
    received = (await plant.receive(purchase_id, book_id, "980", seal_intact=False)).json()
    assert len(received["alerts"]) == 2
    raised = {a["kind"]: a["deviation"] for a in await alerts(plant.party, book_id)}
    assert raised == {"RECEIPT": "-0.020000", "SEAL": "1.000000"}
    assert (await plant.close(book_id, "980")).json()["state"] == "ALERTED"
    customs, _ = await officer(window)
    first, second = await alerts(customs, book_id)
    assert [one["acts"] for one in (first, second)] == [["accept"]] * 2, "of no count, none undone"
    assert codes(await word(customs, first["alert_id"], "REOPEN")) == ["STATE_CONFLICT"]
    assert (await word(customs, first["alert_id"])).json()["state"] == "ALERTED"
    assert (await word(customs, second["alert_id"])).json()["state"] == "CLOSED"


async def test_a_factory_waits_for_the_officers_word_and_is_answered_with_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id, alert = await over_tolerance(plant, group)
    headers = {"Authorization": f"Bearer {plant.party.bearer}", "Prefer": "wait=30"}
    path = f"{P}/books/{book_id}"

    waiting = asyncio.create_task(plant.party.http.get(path, headers=headers))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    signing, _ = await officer(window)
    await word(signing, alert["alert_id"])
    answer = await waiting

    assert (answer.status_code, answer.json()["state"]) == (200, "CLOSED")
    known = {**headers, "Prefer": "wait=1", "If-None-Match": answer.headers["etag"]}
    assert (await plant.party.http.get(path, headers=known)).status_code == 304


async def test_a_truck_that_comes_while_an_alert_waits_is_received_and_changes_nothing_of_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id, alert = await over_tolerance(plant, group)
    purchase_id = await plant.buy(await released(window, await window.group(1)))
    await plant.dispatch(purchase_id)
    received = await plant.receive(purchase_id, book_id, "100")
    assert received.status_code == 201, received.text
    book = await plant.party.get(f"{P}/books/{book_id}")
    (material,) = book["materials"]
    figures = [float(material[name]) for name in ("received_kg", "closing_kg", "unexplained_kg")]
    assert (book["state"], figures) == ("ALERTED", [10100, 120, 180])
    assert [one["deviation"] for one in await alerts(plant.party, book_id)] == [alert["deviation"]]
    assert codes(await plant.produce(book_id, "1")) == ["STATE_CONFLICT"]
    customs, _ = await officer(window)
    closed = await word(customs, alert["alert_id"])
    assert (closed.status_code, closed.json()["state"]) == (200, "CLOSED")
    after = await plant.receive(purchase_id, book_id, "100")
    assert codes(after) == ["STATE_CONFLICT"]


async def test_a_book_says_which_acts_are_open_to_its_reader(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    customs, _ = await officer(window)
    auditor = window.parties.act_as("auditor", "auditor:A1")

    async def acts() -> list[list[str]]:
        path = f"{P}/books/{book_id}"
        return [(await who.get(path))["acts"] for who in (plant.party, customs, auditor)]

    assert await acts() == [["enter", "receive", "correct", "close"], [], []]
    await plant.produce(book_id, "2450")
    assert (await plant.close(book_id, "20")).json()["state"] == "ALERTED"
    # What was counted takes no entry until an officer gives it back; a correction is asked for yet.
    assert await acts() == [["receive", "correct"], ["accept", "reopen"], []]
    refused = (await plant.produce(book_id, "1")).json()["errors"][0]
    assert refused["code"] == "STATE_CONFLICT"
    (alert,) = await alerts(customs, book_id)
    asked = [one["acts"] for who in (plant.party, auditor) for one in await alerts(who, book_id)]
    assert (alert["acts"], asked) == (["accept", "reopen"], [[], []])
    assert (await word(customs, alert["alert_id"])).json()["state"] == "CLOSED"
    assert await acts() == [[], [], []]
    assert [one["acts"] for one in await alerts(customs, book_id)] == [[]]
