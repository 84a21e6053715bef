"""The law says which acts on it are open to its reader, and what it does not say is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import pytest

from deploy.operate.data_directory import Endpoints
from services.kernel.identifiers import uuid_of
from tests.services.law.test_two_file_lists import line, proposed
from tests.support.legislators import (
    ADA,
    BEN,
    CYD,
    PLACES,
    approve,
    decline,
    policy_officer,
    proposal,
    propose,
)
from tests.support.office import Office
from tests.support.one_day import today, yesterday

WHY: Final = {"grounds": "its notice is withdrawn"}


@dataclass(frozen=True)
class Law:
    """The law as callers see it, and a hand that moves days."""

    window: Office
    sql: asyncpg.Pool


Builder = Callable[[Law], Awaitable[str]]
REQUESTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "approve": ("approval", {}),
    "decline": ("refusal", WHY),
    "propose_revocation": ("revocation", WHY),
    "revoke": ("revocation/decision", {"approve": True}),
    "keep": ("revocation/decision", {"approve": False}),
}
"""Every act on a legal parameter, as it is asked for."""
AWAY: Final = policy_officer("dan")
"""On file nowhere: a token outlives the post."""
READERS: Final = {"proposer": ADA, "second": BEN, "third": CYD, "away": AWAY}
BUILT: Final[dict[str, Builder]] = {}


def stands(build: Builder) -> Builder:
    """A way in which a parameter may stand."""
    BUILT[build.__name__] = build
    return build


@stands
async def waiting(law: Law) -> str:
    return await propose(law.window, proposal())


@stands
async def late(law: Law) -> str:
    """Its first day came and went while a value for its place held."""
    place = PLACES[-2]
    terms = {"key": "hushi.max_tickets_per_day", "value": 3, "effective_from": str(today())}
    policy_id = await propose(law.window, proposal(scope=place, **terms))
    await has_begun(law, policy_id)
    return policy_id


@stands
async def overlapping(law: Law) -> str:
    """Another value is approved that begins after it."""
    first = proposal()
    policy_id = await propose(law.window, {**first, "effective_from": "2096-02-01"})
    await approve(law.window, await propose(law.window, {**first, "effective_from": "2096-03-01"}))
    return policy_id


@stands
async def approved(law: Law) -> str:
    policy_id = await waiting(law)
    assert (await approve(law.window, policy_id)).status_code == 200
    return policy_id


@stands
async def declined(law: Law) -> str:
    policy_id = await waiting(law)
    assert (await decline(law.window, policy_id)).status_code == 200
    return policy_id


@stands
async def to_be_revoked(law: Law) -> str:
    policy_id = await approved(law)
    assert (await law.window.post(f"/policy/{policy_id}/revocation", WHY, **ADA)).status_code == 200
    return policy_id


@stands
async def begun_to_be_revoked(law: Law) -> str:
    policy_id = await to_be_revoked(law)
    await has_begun(law, policy_id)
    return policy_id


@stands
async def revoked(law: Law) -> str:
    policy_id = await to_be_revoked(law)
    path = f"/policy/{policy_id}/revocation/decision"
    assert (await law.window.post(path, {"approve": True}, **BEN)).status_code == 200
    return policy_id


async def has_begun(law: Law, policy_id: str) -> None:
    """Its first day was yesterday: the record itself lets no day be moved."""
    async with law.sql.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "UPDATE policy_parameters SET effective_from = $2 WHERE policy_id = $1",
            uuid_of(policy_id, "pol"),
            yesterday(),
        )


@pytest.fixture
async def law(window: Office, stack: Endpoints) -> AsyncIterator[Law]:
    async with asyncpg.create_pool(stack.database_url, min_size=0, max_size=1) as sql:
        yield Law(window, sql)


async def acts(window: Office, policy_id: str, who: dict[str, str]) -> list[str]:
    """Which acts on a parameter its reader is told of."""
    return list((await window.get(f"/policy/{policy_id}", **who)).json()["acts"])


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", BUILT)
async def test_what_a_parameter_offers_is_taken_and_what_it_does_not_offer_is_refused(
    law: Law, case: str, reader: str
) -> None:
    window, who = law.window, READERS[reader]
    policy_id = await BUILT[case](law)
    offered = await acts(window, policy_id, who)
    for act in set(REQUESTS) - set(offered):
        path, body = REQUESTS[act]
        refused = await window.post(f"/policy/{policy_id}/{path}", body, **who)
        assert refused.status_code in (403, 409, 422), (act, refused.text)
        assert refused.json()["code"] != "REQUEST_INVALID"
    for act in offered:
        if act != offered[0]:
            policy_id = await BUILT[case](law)
        path, body = REQUESTS[act]
        taken = await window.post(f"/policy/{policy_id}/{path}", body, **who)
        assert taken.status_code == 200, (act, taken.text)


async def test_a_parameter_offers_each_reader_what_is_his(law: Law) -> None:
    window = law.window
    told = {case: await build(law) for case, build in BUILT.items()}
    seen = {
        case: [await acts(window, policy_id, who) for who in (ADA, BEN, AWAY)]
        for case, policy_id in told.items()
    }
    assert seen == {
        "waiting": [[], ["approve", "decline"], []],
        "late": [[], ["decline"], []],
        "overlapping": [[], ["decline"], []],
        "approved": [["propose_revocation"], ["propose_revocation"], []],
        "declined": [[], [], []],
        "to_be_revoked": [[], ["revoke", "keep"], []],
        "begun_to_be_revoked": [[], ["keep"], []],
        "revoked": [[], [], []],
    }
    clerk = (await window.get(f"/policy/{told['waiting']}", role="clerk")).json()
    (listed,) = (await window.get("/policy/proposals?limit=1", **BEN)).json()["items"]
    assert (clerk["acts"], listed["acts"]) == ([], None)


async def test_a_filing_of_a_list_is_taken_back_by_whoever_proposed_and_confirmed_by_another(
    window: Office,
) -> None:
    filing = await proposed(window, "/commodities", line())

    async def told() -> list[list[str]]:
        people: list[dict[str, str]] = [
            *({"subject": f"registrar-{one}"} for one in (1, 9)),
            {"role": "policy_officer"},
            {"role": "auditor"},
        ]
        return [(await window.get(f"/filings/{filing}", **who)).json()["acts"] for who in people]

    assert await told() == [["turn_down"], ["confirm", "turn_down"], [], []]
    alone = await window.decided(filing, by="registrar-1")
    assert alone.json()["code"] == "SAME_PERSON"
    assert (await window.decided(filing)).status_code == 200
    assert await told() == [[]] * 4
    assert (await window.decided(filing, confirm=False)).json()["code"] == "STATE_CONFLICT"
