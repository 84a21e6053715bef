"""Having a lot paid for: a payer locks a price and instructs."""

from __future__ import annotations

from typing import Any, Final

from deploy.sandbox.parties import Party, Unexpected

_PRICES: Final = 5


async def instructed(
    payer: Party, lot_id: str, value: str, reference: str, *, pay_currency: str = "VND"
) -> dict[str, Any]:
    """A lot's whole value in yuan, paid to its seller in another currency; the instruction.

    A price that ended before it was confirmed is followed by the one that the refusal names.
    """
    wish: dict[str, Any] = {"amount": value, "currency": "CNY", "pay_currency": pay_currency}
    quote_id = (await payer.post("/settlement/v1/firm-quotes", wish))["quote_id"]
    for _ in range(_PRICES):
        order = {
            **wish,
            "client_reference": reference,
            "lot_id": lot_id,
            "purpose_code": "GOD",
            "firm_quote_id": quote_id,
        }
        answer = await payer.try_post("/settlement/v1/instructions", order)
        body: dict[str, Any] = answer.json()
        if answer.status_code == 201:
            return body
        if body["code"] != "QUOTE_EXPIRED":
            raise Unexpected(f"instruction refused: {answer.text[:500]}")
        quote_id = body["errors"][0]["facts"]["new_quote_id"]
    raise Unexpected("five firm quotes in a row expired before they were confirmed")
