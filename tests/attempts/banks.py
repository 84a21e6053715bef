"""A bank, and the persons of its compliance."""

from __future__ import annotations

import httpx2
from joserfc.jwk import OKPKey

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import World
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import BICS

WHO = "A bank"


async def what_came_of(world: World, offered: Offered) -> tuple[list[str], dict[str, int]]:
    """The disputes of a payment that lie on its bank's desk, and what is booked of it."""
    desk = await world.bench.call(
        "GET",
        f"/disputes?instruction_id={offered.instruction_id}",
        role="bank_compliance",
        party=f"bank:{offered.bic}",
    )
    disputes = [dispute["disposition"] for dispute in desk.json()["items"]]
    return disputes, await world.bench.posted(offered.instruction_id)


@attempt(WHO, "says twice that it has paid", ends(793400, "paid once", "SET-19"))
async def pays_twice(world: World) -> int:
    offered = await one_offered(world.bench)
    for _ in range(2):
        await offered.answer("ACSC")
    await world.bench.until(offered.instruction_id, "SETTLED")
    return await world.bench.drawn(offered.lot_id)


@attempt(WHO, "answers for another bank's payment", refused("UNKNOWN_REFERENCE"))
async def answers_for_another(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    other = next(bic for bic in BICS if bic != offered.bic)
    report = offered.xml("ACSC", from_bic=other)
    return await world.bench.signed(other).post(STATUSES, report, "application/xml")


@attempt(WHO, "signs with a key that is not on file", refused("SIGNATURE_INVALID"))
async def signs_with_another_key(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    forger = world.bench.signed(offered.bic, key=OKPKey.generate_key("Ed25519"))
    return await forger.post(STATUSES, offered.xml("ACSC"), "application/xml")


@attempt(
    WHO,
    "says that it paid another sum than was instructed",
    ends(
        ("AMOUNT_DIFFERS", ["AMOUNT_DIFFERS"], {}),
        "refused (`AMOUNT_DIFFERS`), nothing is booked, and the dispute has a desk",
        "SET-19",
    ),
)
async def pays_another_sum(world: World) -> tuple[str, list[str], dict[str, int]]:
    offered = await one_offered(world.bench)
    answer = await offered.answer("ACSC", "7000.00")
    return answer.json()["code"], *await what_came_of(world, offered)


@attempt(WHO, "releases a held payment by one person's word", refused("SAME_PERSON"))
async def releases_alone(world: World) -> httpx2.Response:
    stl_id = await world.bench.start(await world.bench.lot("100.00"), "99.00")
    await world.bench.sign_hold(stl_id, "one")
    return await world.bench.sign_hold(stl_id, "one")


@attempt(WHO, "says by hand and alone that it has paid", refused("SAME_PERSON", "SET-26"))
async def pays_by_hand_alone(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    await world.bench.on_file(offered.bic, "alone", duty="answers")
    who = {"role": "bank", "party": f"bank:{offered.bic}", "subject": "alone"}
    said = {"instruction_id": offered.instruction_id, "code": "ACSC"}
    entered = await world.bench.call("POST", "/answers", json=said, **who)
    path = f"/answers/{entered.json()['answer_id']}/confirmation"
    return await world.bench.call("POST", path, **who)


@attempt(WHO, "has somebody sign who is on nobody's file", refused("SIGNATORY_NOT_ON_FILE"))
async def who_is_on_no_file(world: World) -> httpx2.Response:
    stl_id = await world.bench.start(await world.bench.lot("100.00"), "99.00")
    return await world.bench.sign_hold(stl_id, "nobody", on_file=False)


@attempt(
    WHO,
    "rejects for a reason that does not exist",
    ends(("REASON_UNKNOWN", "OFFERED"), "nothing is given back, and a person is called", "SET-23"),
)
async def rejects_for_no_reason(world: World) -> tuple[str, str]:
    offered = await one_offered(world.bench)
    answer = await offered.answer("RJCT", reason="ZZ99")
    return answer.json()["code"], (await world.bench.read(offered.instruction_id))["state"]


@attempt(
    WHO,
    "says paid and rejected of one payment in one report",
    ends(
        (["CONTRADICTORY"] * 2, ["CONTRADICTORY"] * 2, {}),
        "neither is believed, nothing is booked, and the dispute has a desk",
        "SET-22",
    ),
)
async def paid_and_rejected(world: World) -> tuple[list[str], list[str], dict[str, int]]:
    offered = await one_offered(world.bench)
    answer = await offered.say((offered, "ACSC"), (offered, "RJCT"))
    said = [status["disposition"] for status in answer.json()["statuses"]]
    return said, *await what_came_of(world, offered)
