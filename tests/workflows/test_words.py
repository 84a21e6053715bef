"""What persons write and decide is shown with the case and stays out of its workflow's history."""

from __future__ import annotations

from tests.support.inspection import CLEAN, RED_GOODS, Office
from tests.support.window import codes


def paths(order_id: str) -> tuple[str, str]:
    base = f"/inspection/v1/orders/{order_id}"
    return f"{base}/findings", f"{base}/countersignature"


async def test_what_officers_write_is_shown_and_kept_but_not_in_the_cases_history(
    office: Office,
) -> None:
    order_id = await office.inspected(await office.port(), goods_name="ZINNIA goods")
    author, signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    findings, signature = paths(order_id)
    item = {"hs_code": RED_GOODS, "goods_name": "QUINCE found"}
    body = {**CLEAN, "items": [item], "remark": "WALNUT remark"}
    found = await author.try_post(findings, body, **{"Idempotency-Key": f"words-{order_id}"})
    again = await author.try_post(findings, body, **{"Idempotency-Key": f"words-{order_id}"})
    assert (found.status_code, again.json()) == (200, found.json())
    assert found.json()["findings"]["remark"] == "WALNUT remark"
    assert found.json()["findings"]["items"][0]["goods_name"] == "QUINCE found"
    signed = await signer.post(signature, {"agree": True, "remark": "CEDAR agreed"})
    assert signed["findings"]["signer_remark"] == "CEDAR agreed"
    assert await office.ended(order_id) == "CONCLUDED"
    case = office.client.get_workflow_handle(order_id)
    history = b"".join(e.SerializeToString() for e in (await case.fetch_history()).events)
    assert b"CONCLUDED" in history
    for word in (b"ZINNIA", b"QUINCE", b"WALNUT", b"CEDAR"):
        assert word not in history
    # Not even what was found, or by whom: a case is only told to look.
    for word in (b"NO_DIFFERENCE", b"RELEASE", *(o.encode() for o in signed["officers"])):
        assert word not in history


async def test_a_key_that_is_used_again_brings_no_other_words_into_the_findings(
    office: Office,
) -> None:
    order_id = await office.inspected(await office.port())
    author, _signer = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    key = {"Idempotency-Key": f"again-{order_id}"}
    first = await author.try_post(paths(order_id)[0], {**CLEAN, "remark": "first"}, **key)
    other = await author.try_post(paths(order_id)[0], {**CLEAN, "remark": "other"}, **key)
    assert (first.status_code, codes(other)) == (200, ["IDEMPOTENCY_KEY_REUSED"])
    assert (await office.order(order_id))["findings"]["remark"] == "first"
