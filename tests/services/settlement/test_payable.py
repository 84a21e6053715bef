"""What may be paid of a lot: by the rules by which a payment is refused, read beforehand."""

from __future__ import annotations

from tests.support.bench import Bench


async def test_what_may_be_paid_of_a_lot_is_said_as_a_payment_of_it_would_be_answered(
    asleep: Bench,
) -> None:
    lot_id = await asleep.lot()
    path, whole = f"/lots/{lot_id}/payable", {"amount": "7934.00", "currency": "CNY"}
    before = (await asleep.call("GET", path)).json()
    assert (before["payable"], before["value"], before["left"]) == (True, whole, whole)
    assert before["pay_currencies"] == ["CNY", "VND", "MMK"]
    wish = {"pay_currency": before["pay_currencies"][0], "purpose_code": before["purpose_code"]}
    await asleep.start(lot_id, before["left"]["amount"], **wish)
    under_way = (await asleep.call("GET", path)).json()
    assert (under_way["payable"], under_way["left"]["amount"]) == (False, "0.00")
    refused = (await asleep.instruct(lot_id)).json()["errors"]
    assert under_way["refused_for"] == [error["code"] for error in refused] == ["DUPLICATE"]
    held_back = await asleep.lot(state="IN_INSPECTION")
    waits = (await asleep.call("GET", f"/lots/{held_back}/payable")).json()
    assert (waits["payable"], waits["refused_for"]) == (False, ["NOT_RELEASED"])
    stranger = await asleep.call("GET", path, party="group:NOBODY")
    assert stranger.status_code == 404
