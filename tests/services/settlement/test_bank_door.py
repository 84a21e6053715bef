"""The bank's door opens to its own signature, over all that it is to cover, for some minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import API, BICS, ORIGIN, Bench


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment that waits for its bank."""
    return await one_offered(bench)


def refused(answer: httpx2.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "SIGNATURE_INVALID")


async def test_w28_a_signature_of_another_key_is_refused(bench: Bench, offered: Offered) -> None:
    forged = bench.signed(offered.bic, key=OKPKey.generate_key("Ed25519"))
    assert refused(await forged.post(STATUSES, offered.xml("ACSC"), "application/xml"))
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"


async def test_a_signature_in_another_banks_name_is_refused(bench: Bench, offered: Offered) -> None:
    other = next(bic for bic in BICS if bic != offered.bic)
    borrowed = SignedClient(
        bench.http, other, bench.bearer("bank", f"bank:{offered.bic}"), bench.keys[other]
    )
    assert refused(await borrowed.post(STATUSES, offered.xml("ACSC"), "application/xml"))


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        (("@method", "@target-uri"), True),
        (("@method", "@authority", "@path", "@query"), True),
        (("@method", "@authority", "@path"), False),
        (("@method",), False),
        (("@target-uri",), False),
    ],
)
async def test_a_signature_names_method_and_target_whole(
    offered: Offered, target: tuple[str, ...], taken: bool
) -> None:
    client = replace(offered.client, target=target)
    answer = await client.get(f"{API}/bank/messages", limit="2")
    assert (answer.status_code == 200) is taken
    assert taken or refused(answer)


@pytest.mark.parametrize("target", [("@target-uri",), ("@authority", "@path", "@query")])
async def test_a_signature_is_for_our_own_origin_whatever_host_is_called(
    offered: Offered, target: tuple[str, ...]
) -> None:
    ours = replace(offered.client, target=("@method", *target))
    path = f"{API}/bank/messages"
    assert (await ours.send("GET", path, headers={"Host": "elsewhere.example"})).is_success
    transport = ours.http._transport
    async with httpx2.AsyncClient(transport=transport, base_url="http://elsewhere.example") as http:
        for headers in ({}, {"Host": "settlement"}):
            answer = await replace(ours, http=http).send("GET", path, headers=headers)
            assert refused(answer)
            assert answer.json()["errors"][0]["facts"] == {"origin": ORIGIN}


async def test_an_unsigned_request_is_refused(bench: Bench, offered: Offered) -> None:
    how = {"role": "bank", "party": f"bank:{offered.bic}"}
    headers = {"Content-Type": "application/xml"}
    answer = await bench.call(
        "POST", "/bank/statuses", content=offered.xml("ACSC"), headers=headers, **how
    )
    assert refused(answer)
    assert refused(await bench.call("GET", "/bank/messages", **how))


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_signature_older_than_five_minutes_or_from_the_future_is_refused(
    offered: Offered, minutes: int
) -> None:
    created = datetime.now(UTC) + timedelta(minutes=minutes)
    answer = await offered.client.send("GET", f"{API}/bank/messages", created=created)
    assert refused(answer)


async def test_a_signature_covers_body_address_and_idempotency_key(
    bench: Bench, offered: Offered
) -> None:
    sent: list[httpx2.Request] = []
    client = offered.client
    xml = offered.xml("ACSC")

    async def keep(request: httpx2.Request) -> None:
        sent.append(request)

    bench.http.event_hooks = {"request": [keep]}
    await client.post(STATUSES, offered.xml("PDNG", None), "application/xml")
    await client.send("GET", f"{API}/bank/messages")
    bench.http.event_hooks = {"request": []}
    headers = dict(sent[0].headers)
    headers.pop("content-length", None)
    url = str(sent[0].url)
    other_body = await bench.http.post(url, content=xml, headers=headers)
    assert refused(other_body)
    other_key = {**headers, "idempotency-key": uuid4().hex}
    assert refused(await bench.http.post(url, content=sent[0].content, headers=other_key))
    fetched = sent[1]
    assert (await bench.http.get(str(fetched.url), headers=fetched.headers)).status_code == 200
    assert refused(await bench.http.get(f"{fetched.url}?limit=1", headers=fetched.headers))


async def test_a_clerk_cannot_use_the_banks_door(bench: Bench) -> None:
    for method, path in (("GET", "/bank/messages"), ("POST", "/bank/statuses")):
        answer = await bench.call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
