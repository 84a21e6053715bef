"""Whom a payment pays is named to its bank and whoever else reads it, and to no other bank."""

from __future__ import annotations

from tests.support.cases import OPEN
from tests.support.harbour import Harbour


async def test_the_bank_of_a_payment_is_told_the_name_of_whom_it_pays_and_another_is_not(
    harbour: Harbour,
) -> None:
    case = await OPEN["stl"](harbour)
    payment = await harbour.auditor.get(f"/settlement/v1/instructions/{case}")
    seller, own = f"seller:{payment['seller_code']}", f"bank:{payment['bank_bic']}"
    sql, act_as = harbour.window.sql, harbour.window.parties.act_as
    on_file = await sql.fetchval(
        "SELECT name FROM sellers WHERE seller_code = $1", payment["seller_code"]
    )

    async def told(role: str, party: str, *cases: str) -> list[str]:
        asked = {"parties": seller, "cases": ",".join(cases)}
        found = await act_as(role, party).get("/registry/v1/names", **asked)
        return [one["name"] for one in found["items"]]

    for role in ("bank", "bank_compliance"):
        assert await told(role, own, case) == [on_file]
        assert await told(role, own) == await told(role, "bank:TSTBCNBJ", case) == []
    assert await told("enterprise", "enterprise:4506960999", case) == []
