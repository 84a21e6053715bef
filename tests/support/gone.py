"""Goods that were paid for and are seized after all, and what becomes of the money."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from services.kernel.clock import business_day
from tests.support.answered import answered
from tests.support.cases import OPEN
from tests.support.drawn import drawn_for
from tests.support.harbour import SMUGGLED, Harbour
from tests.support.on_file import signatory_file
from tests.support.patience import LOOKS

_D: Final = "/settlement/v1/disputes"
COMPLIANCE: Final = ("finds-out-1", "finds-out-2")


async def paid_and_seized(harbour: Harbour) -> dict[str, Any]:
    """The dispute about a payment that its bank has made, and whose goods an officer then called
    in and two seized."""
    payment = await OPEN["stl"](harbour)
    await answered(harbour, payment, code="ACSC")
    lot_id = (await harbour.auditor.get(f"/settlement/v1/instructions/{payment}"))["lot_id"]
    officer = harbour.officer(await harbour.hire())
    grounds = {"grounds": "the seal is broken"}
    called = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", grounds)
    await drawn_for(harbour.window.sql, called["order_id"])
    await harbour.dispose(called["order_id"], {**SMUGGLED, "method": "FULL"})
    for _ in range(LOOKS):
        found = await harbour.auditor.get(_D, instruction_id=payment)
        if found["items"]:
            (dispute,) = found["items"]
            return dict(dispute)
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody holds the money of {payment}, whose goods are seized")


async def given_back(harbour: Harbour) -> str:
    """A payment of which two persons of its bank's compliance found that it came back."""
    dispute = await paid_and_seized(harbour)
    window, bank = harbour.window, f"bank:{dispute['bank_bic']}"
    said = {"finding": "RETURNED", "returned_on": f"{business_day(datetime.now(UTC))}"}
    for person in COMPLIANCE:
        await signatory_file(window.sql, bank, person, "compliance")
        one = window.parties.act_as("bank_compliance", bank, subject=person)
        path = f"{_D}/{dispute['dispute_id']}/resolution"
        await one.post(path, {**said, "remark": "the seller's bank sent it back"})
    return str(dispute["instruction_id"])
