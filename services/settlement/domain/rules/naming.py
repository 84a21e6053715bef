"""By which numbers a bank may name a payment (pacs.002, original references)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.kernel.rule import rule


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that a payment bears in its pacs.008, as its bank was given them."""

    message: str
    """``MsgId``."""
    payment: str
    """``EndToEndId`` and ``TxId``."""
    instruction: str
    """``InstrId``."""
    uetr: str

    def of(self, element: str) -> frozenset[str]:
        """What the element of a status may say: the payment's number goes for its instruction's."""
        if element == "OrgnlUETR":
            return frozenset({self.uetr})
        if element == "OrgnlMsgId":
            return frozenset({self.message})
        return frozenset({self.payment, self.instruction})


@rule("SET-20", source="iso-20022", in_force=date(2014, 4, 1))
def differing(named: Mapping[str, str], numbers: Numbers) -> tuple[str, ...]:
    """A payment is the one that every reference given names, whichever of them are given.

    ``named``: element of the status → what the bank wrote there. Letters are compared without case:
    the numbers are hexadecimal or capitals. Answers with the elements that name another payment.
    """
    return tuple(
        element
        for element, written in named.items()
        if written.casefold() not in {number.casefold() for number in numbers.of(element)}
    )
