"""Who reads a book's timeline reads by which rules an officer's word on it was judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.processing.conftest import Factories, Factory, P
from tests.services.processing.test_book_alerts import officer, over_tolerance, word
from tests.services.processing.test_corrections import CASHEWS, CONSUMPTION, asked, mistyped
from tests.support.window import Group, Window


async def rules_told(plant: Factory, book_id: str, event: str) -> list[list[str]]:
    """The rules of every event of a type, as the factory reads them in its book's timeline."""
    told = await plant.party.get(f"/window/v1/cases/{book_id}/timeline", limit=200)
    return [item["body"]["rules"] for item in told["items"] if item["type"] == event]


async def decided(window: Window, correction_id: str, decision: str) -> None:
    signing, _ = await officer(window)
    said = {"decision": decision, "reason": "seen in the paper"}
    await signing.post(f"{P}/corrections/{correction_id}/decision", said)


@pytest.mark.parametrize(
    ("decision", "event"), [("CONSENT", "BookCorrected"), ("REFUSE", "CorrectionRefused")]
)
async def test_a_corrections_verdict_names_the_rule_of_what_was_to_be_put_right(
    window: Window, group: Group, factory: Factories, decision: str, event: str
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory)
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1000"}
    correction_id = (await asked(plant, book_id, **what)).json()["correction_id"]
    await decided(window, correction_id, decision)
    assert await rules_told(plant, book_id, event) == [["PRC-04"]]
    given_back = [["PRC-04"]] if decision == "CONSENT" else []
    assert await rules_told(plant, book_id, "AlertClosed") == given_back


async def test_an_accepted_difference_and_the_book_that_it_closes_name_theirs(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id, alert = await over_tolerance(plant, group)
    signing, _ = await officer(window)
    assert (await word(signing, alert["alert_id"])).json()["state"] == "CLOSED"
    assert await rules_told(plant, book_id, "AlertClosed") == [["PRC-03"]]
    assert await rules_told(plant, book_id, "BookClosed") == [["PRC-02", "PRC-03"]]


async def test_what_is_too_late_to_put_right_names_the_law_of_unit_consumption(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "1")
    late = await asked(plant, book_id, **CONSUMPTION, net="3.30", loss_rate="0.15")
    assert ruled(late) == [("PRODUCTION_BEGUN", "PRC-12")]
    used = await asked(plant, book_id, kind="MATERIAL", material_hs=CASHEWS)
    assert ruled(used) == [("MATERIAL_IN_USE", "PRC-13")]


def ruled(answer: Any) -> list[tuple[str, str]]:
    return [(error["code"], error["rule"]) for error in answer.json()["errors"]]
