"""Who may call what of settlement, and what a caller reads who may not."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
import pytest
from joserfc import jwt

from services.manifests import scopes_of_roles
from tests.support.bench import API, BICS, Bench

NOBODY = "stl_" + "0" * 32
ROUTES: list[tuple[str, str, str, dict[str, Any] | None]] = [
    (
        "POST",
        "/firm-quotes",
        "settlement:firm_quote:create",
        {"amount": "1.00", "pay_currency": "VND"},
    ),
    ("GET", "/firm-quotes", "settlement:firm_quote:read", None),
    ("GET", f"/firm-quotes/qte_{'0' * 32}", "settlement:firm_quote:read", None),
    (
        "POST",
        "/instructions",
        "settlement:instruction:create",
        {"client_reference": "r", "lot_id": f"lot_{'0' * 32}", "amount": "1.00"},
    ),
    ("GET", "/instructions", "settlement:instruction:read", None),
    ("GET", f"/instructions/{NOBODY}", "settlement:instruction:read", None),
    (
        "POST",
        f"/instructions/{NOBODY}/compliance",
        "settlement:hold:release",
        {"act": "release", "remark": "r"},
    ),
    (
        "POST",
        "/screening-entries",
        "settlement:screening:write",
        {"list_name": "L", "reference": "r", "kind": "NAME", "value": "n"},
    ),
    ("GET", "/bank/messages", "settlement:bank:read", None),
    ("GET", f"/bank/messages/msg_{'0' * 32}", "settlement:bank:read", None),
    ("POST", "/bank/statuses", "settlement:bank:answer", {}),
    ("GET", "/ledger/balances", "settlement:ledger:read", None),
    ("GET", "/ledger/transactions", "settlement:ledger:read", None),
]


@pytest.mark.parametrize(("method", "path", "scope", "body"), ROUTES)
async def test_every_route_asks_for_a_token_and_its_scope(
    bench: Bench, method: str, path: str, scope: str, body: dict[str, Any] | None
) -> None:
    anonymous = await bench.http.request(method, f"{API}{path}", json=body)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "UNAUTHENTICATED")
    role = next(r for r, scopes in scopes_of_roles().items() if scope not in scopes)
    lacking = await bench.call(method, path, role=role, json=body)
    assert (lacking.status_code, lacking.json()["code"]) == (403, "FORBIDDEN")
    assert any(scope in scopes for scopes in scopes_of_roles().values()), "no role may call it"


@pytest.mark.parametrize(
    ("method", "path", "role", "body"),
    [
        ("GET", f"/firm-quotes/qte_{'0' * 32}", "clerk", None),
        ("GET", f"/instructions/{NOBODY}", "clerk", None),
        (
            "POST",
            f"/instructions/{NOBODY}/compliance",
            "bank_compliance",
            {"act": "refuse", "remark": "r"},
        ),
        (
            "POST",
            "/instructions",
            "clerk",
            {
                "client_reference": "r",
                "lot_id": f"lot_{'0' * 32}",
                "amount": "1.00",
                "purpose_code": "GOD",
            },
        ),
    ],
)
async def test_what_does_not_exist_is_not_found(
    bench: Bench, method: str, path: str, role: str, body: dict[str, Any] | None
) -> None:
    answer = await bench.call(method, path, role=role, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_factory_that_bought_a_lot_may_have_it_paid(bench: Bench) -> None:
    lot_id = await bench.lot()
    factory = {"role": "enterprise", "party": "enterprise:4506960009"}
    assert (await bench.instruct(lot_id, **factory)).status_code == 404
    await bench.bought(lot_id)
    answer = await bench.instruct(lot_id, **factory)
    assert answer.status_code == 201
    assert answer.json()["buyer"] == f"group:{bench.group}", "paid on behalf of the residents"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "7934.001"}, "AMOUNT_INVALID"),
        ({"amount": "-1"}, "REQUEST_INVALID"),
        ({"amount": 7934.0}, "REQUEST_INVALID"),
        ({"currency": "XXZ"}, "CURRENCY_UNKNOWN"),
        ({"surprise": 1}, "REQUEST_INVALID"),
        ({"purpose_code": "STR"}, "PURPOSE_UNKNOWN"),
    ],
)
async def test_bad_input_is_named_where_it_stands(
    bench: Bench, body: dict[str, Any], code: str
) -> None:
    answer: httpx2.Response = await bench.instruct(await bench.lot(), **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_bank_sees_its_position_and_an_auditor_sees_all(bench: Bench) -> None:
    instruction_id = await bench.start(await bench.lot())
    bic = (await bench.until(instruction_id, "OFFERED"))["bank_bic"]
    await (await bench.bank(bic)).work_once()
    await bench.until(instruction_id, "SETTLED")
    auditor = {"role": "auditor", "party": "auditor:1"}
    path = f"/ledger/transactions?instruction_id={instruction_id}"
    seen = (await bench.call("GET", path, **auditor)).json()["items"]
    assert [t["kind"] for t in seen] == ["RESERVE", "POST"]
    assert seen[1]["resolves"] == seen[0]["transaction_id"]
    other = next(b for b in BICS if b != bic)
    elsewhere = await bench.call("GET", path, role="bank", party=f"bank:{other}")
    assert elsewhere.json()["items"] == []
    assert f"buyer:group:{bench.group}" in await accounts_read(bench, **auditor)
    own = (await bench.call("GET", "/ledger/balances", role="bank", party=f"bank:{bic}")).json()
    assert {b["account"].split(":")[0] for b in own["items"]} <= {"liquidity", "spread"}


async def accounts_read(bench: Bench, **reader: str) -> set[str]:
    """The accounts whose balances somebody reads, on however many pages."""
    accounts: set[str] = set()
    path: str | None = "/ledger/balances?limit=200"
    while path:
        page = (await bench.call("GET", path, **reader)).json()
        accounts |= {b["account"] for b in page["items"]}
        following = page["next_cursor"]
        path = following and f"/ledger/balances?limit=200&cursor={following}"
    return accounts


@pytest.mark.parametrize("path", ["/ledger/balances", "/ledger/transactions"])
async def test_the_ledger_is_closed_to_whoever_is_neither_bank_nor_auditor(
    bench: Bench, path: str
) -> None:
    scoped = {"scope": "settlement:ledger:read"}
    answer = await bench.http.get(f"{API}{path}", headers=_with_claims(bench, **scoped))
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def _with_claims(bench: Bench, **claims: str) -> dict[str, str]:
    """A clerk to whom the issuer gave more than the role should have."""
    header, body, _ = bench.bearer("clerk", bench.party_of("clerk")).split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    key_id = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    forged = jwt.encode(
        {"alg": "Ed25519", "kid": key_id}, told | claims, bench.issuer, algorithms=["Ed25519"]
    )
    return {"Authorization": f"Bearer {forged}"}
