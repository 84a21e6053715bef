"""A bank, and the persons of its compliance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
from joserfc.jwk import OKPKey

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import World, a_name
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.services.settlement.reports import report, transaction
from tests.services.settlement.test_screening_lists import added, signed
from tests.services.settlement.test_words_on_what_rests import rests
from tests.support.bench import API, BICS, MARKET
from tests.support.gone import paid_and_seized
from tests.support.on_file import seller_filed

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


@attempt(
    WHO,
    "says that the money moved years before it was asked to pay",
    ends(
        ("VALUED_BEFORE", ["VALUED_BEFORE"], {}),
        "refused (`VALUED_BEFORE`), nothing is booked, and the dispute has a desk",
        "SET-19",
    ),
)
async def dates_it_back(world: World) -> tuple[str, list[str], dict[str, int]]:
    offered = await one_offered(world.bench)
    dated = transaction(offered, more="<FctvIntrBkSttlmDt><Dt>2014-04-01</Dt></FctvIntrBkSttlmDt>")
    answer = await offered.client.post(STATUSES, report(dated).encode(), "application/xml")
    return answer.json()["code"], *await what_came_of(world, offered)


@attempt(WHO, "releases a held payment by one person's word", refused("SAME_PERSON", "SET-41"))
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


@attempt(
    WHO,
    "puts a name on its list to have another bank's payments held",
    ends("OFFERED", "its own payments are held by it, and no other bank's"),
)
async def lists_for_others(world: World) -> str:
    bench, name = world.bench, a_name()
    await seller_filed(world.window.sql, name)
    pays = (await bench.read(await bench.start(await bench.lot())))["bank_bic"]
    await added(world.bench, next(bic for bic in BICS if bic != pays), name)
    payment = await bench.start(await bench.lot(seller=name))
    return str((await bench.read(payment, role="auditor", party="auditor:A1"))["state"])


@attempt(WHO, "ends an entry of its list of names alone", refused("SAME_PERSON", "SET-27"))
async def ends_an_entry_alone(world: World) -> httpx2.Response:
    entry = (await added(world.bench, BICS[0], a_name())).json()["entry_id"]
    await signed(world.bench, BICS[0], entry, "ends-alone")
    return await signed(world.bench, BICS[0], entry, "ends-alone")


@attempt(WHO, "ends what another bank has listed", refused("NOT_FOUND"))
async def ends_anothers_entry(world: World) -> httpx2.Response:
    entry = (await added(world.bench, BICS[1], a_name())).json()["entry_id"]
    return await signed(world.bench, BICS[0], entry, "ends-anothers")


@attempt(WHO, "passes its turn by somebody on nobody's file", refused("SIGNATORY_NOT_ON_FILE"))
async def passes_its_turn(world: World) -> httpx2.Response:
    who = {"role": "bank", "party": f"bank:{BICS[0]}", "subject": "nobody-of-the-bank"}
    absent = {"absent_on": "2026-11-20"}
    return await world.bench.call("POST", f"{MARKET}/rota/absences/by-hand", json=absent, **who)


@attempt(WHO, "passes its turn by one person's word", refused("SAME_PERSON", "ROTA-02"))
async def passes_its_turn_alone(world: World) -> httpx2.Response:
    said = [await absence(world, BICS[0], "passes-alone", "2026-12-21") for _ in range(2)]
    duty = await world.bench.call("GET", f"{MARKET}/rota?day=2026-12-21")
    assert duty.json()["bank_bic"] == duty.json()["turn_bic"]
    return said[1]


@attempt(
    WHO,
    "takes back by one person's word that it passes its turn",
    refused("SAME_PERSON", "ROTA-02"),
)
async def takes_its_turn_back_alone(world: World) -> httpx2.Response:
    for person in ("passes-one", "passes-two"):
        await absence(world, BICS[0], person, "2026-12-22")
    back = [
        await absence(world, BICS[0], "passes-one", "2026-12-22", "withdrawal-by-hand")
        for _ in range(2)
    ]
    await absence(world, BICS[0], "passes-two", "2026-12-22", "withdrawal-by-hand")
    return back[1]


@attempt(
    WHO,
    "passes its turn on a day on which every other bank does",
    refused("ABSENCE_INVALID"),
)
async def all_pass(world: World) -> httpx2.Response:
    body, days = b'{"absent_on":"2026-12-23"}', f"{MARKET}/rota/absences"
    for bic in BICS:
        said = await world.bench.signed(bic).post(days, body, "application/json")
    for bic in BICS[:-1]:
        back = await world.bench.signed(bic).post(f"{days}/withdrawal", body, "application/json")
        assert back.json()["absence"] == "ENDED"
    return said


async def absence(
    world: World, bic: str, person: str, day: str, what: str = "by-hand"
) -> httpx2.Response:
    """What a person on file for quotes says of a day without duty."""
    await world.bench.on_file(bic, person, duty="quotes")
    who = {"role": "bank", "party": f"bank:{bic}", "subject": person}
    path = f"{MARKET}/rota/absences/{what}"
    return await world.bench.call("POST", path, json={"absent_on": day}, **who)


@attempt(
    WHO,
    "keeps silent about money that it paid for goods which were called in and seized afterwards",
    ends(
        "GOODS_GONE",
        "a dispute of its compliance opens by itself, with a day by which it is resolved",
        "SET-30",
    ),
)
async def keeps_silent_about_seized_goods(world: World) -> str:
    return str((await paid_and_seized(world))["disposition"])


@attempt(WHO, "gives two different reports one number", refused("MESSAGE_REFERENCE_REUSED"))
async def one_number_for_two(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    await offered.answer("ACSP", ref="ONE-NUMBER-" + offered.bic)
    return await offered.answer("ACSC", ref="ONE-NUMBER-" + offered.bic)


@attempt(
    WHO,
    "says paid under the references of two payments, to have either booked",
    refused("UNKNOWN_REFERENCE"),
)
async def of_two_at_once(world: World) -> httpx2.Response:
    one, other = [await one_offered(world.bench) for _ in range(2)]
    return await one.answer("ACSC", instruction=other.instruction_id.removeprefix("stl_"))


@attempt(WHO, "has the window read a file of its own into a report", refused("MESSAGE_UNSAFE"))
async def reads_a_file(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    entity = '<!DOCTYPE d [<!ENTITY file SYSTEM "file:///etc/hostname">]>'
    said = entity + report(transaction(offered, references="<OrgnlUETR>&file;</OrgnlUETR>"))
    return await offered.client.post(STATUSES, said.encode(), "application/xml")


@attempt(WHO, "lists a name with nothing in it, and counts as covered", refused("REQUEST_INVALID"))
async def lists_nobody(world: World) -> httpx2.Response:
    return await added(world.bench, BICS[0], "% -")


@attempt(WHO, "quotes a price that has ended already", refused("REQUEST_INVALID"))
async def quotes_what_has_ended(world: World) -> httpx2.Response:
    quote = b'{"pair":"CNY/VND","mid":"3560","volume":"10.00","valid_until":"2026-01-01T00:00:00Z"}'
    return await world.bench.signed(BICS[0]).post(f"{MARKET}/quotes", quote, "application/json")


@attempt(
    WHO,
    "quotes for two seconds, to have the price of all end with it",
    refused("QUOTE_TOO_SHORT", "MKT-07"),
)
async def quotes_for_a_moment(world: World) -> httpx2.Response:
    end = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    quote = f'{{"pair":"CNY/VND","mid":"3560","volume":"10.00","valid_until":"{end}"}}'
    client = world.bench.signed(BICS[0])
    return await client.post(f"{MARKET}/quotes", quote.encode(), "application/json")


@attempt(
    WHO,
    "lets a held payment go by a second signature after its seller was listed",
    refused("HELD_ANEW", "SET-38"),
)
async def signs_unseen(world: World) -> httpx2.Response:
    bench, name = world.bench, a_name()
    await seller_filed(world.window.sql, name)
    payment = await bench.start(await bench.lot("100.00", seller=name), "99.00")
    await bench.sign_hold(payment, "one")
    await added(bench, (await bench.read(payment))["bank_bic"], name)
    return await bench.sign_hold(payment, "two")


@attempt(
    WHO,
    "refuses a payment, has it instructed anew, says that it paid the first, and takes the second",
    refused("HELD_ANEW", "SET-40"),
)
async def takes_beside_a_dispute(world: World) -> httpx2.Response:
    first = await one_offered(world.bench)
    await first.answer("RJCT", None, reason="AC04")
    case = await world.bench.read(await world.bench.start(first.lot_id))
    await first.answer("ACSC")
    message = f"msg_{case['instruction_id'][4:]}"
    return await world.bench.signed(case["bank_bic"]).get(f"{API}/bank/messages/{message}")


async def of_one_listed(world: World) -> Offered:
    """A payment that nobody has taken, whose seller its bank has listed since it was offered."""
    name = a_name()
    await seller_filed(world.window.sql, name)
    offered = await one_offered(world.bench, seller=name)
    await added(world.bench, offered.bic, name)
    return offered


@attempt(
    WHO,
    "says that it paid, without having taken it, what would be held for a name if it took it",
    ends(
        ("STATE_CONFLICT", "HELD", ["LATE"], {}),
        "the payment is held, nothing is booked, and the dispute has a desk",
        "SET-39",
    ),
)
async def pays_unseen(world: World) -> tuple[str, str, list[str], dict[str, int]]:
    offered = await of_one_listed(world)
    answer = await offered.answer("ACSC")
    state = (await world.bench.inside(offered.instruction_id))["state"]
    return answer.json()["code"], state, *await what_came_of(world, offered)


@attempt(
    WHO,
    "takes the message of a payment of whose lot somebody says that it was not she who declared",
    refused("NAME_IN_QUESTION", "SET-33"),
)
async def takes_in_question(world: World) -> httpx2.Response:
    offered = await one_offered(world.bench)
    await rests(world.bench, offered, "IN_QUESTION")
    return await offered.client.get(f"{API}/bank/messages/{offered.message_id}")


@attempt(
    WHO,
    "says that it paid for goods that were called in before it took the message",
    ends(
        ("NOT_BOOKED", ["NOT_BOOKED"], {}),
        "refused (`NOT_BOOKED`), nothing is booked, and the dispute has a desk",
        "SET-07",
    ),
)
async def pays_for_what_rests(world: World) -> tuple[str, list[str], dict[str, int]]:
    offered = await one_offered(world.bench)
    await rests(world.bench, offered, "CALLED_IN")
    answer = await offered.answer("ACSC")
    return answer.json()["code"], *await what_came_of(world, offered)


@attempt(
    WHO,
    "says that the money is blocked after it said that it had rejected the payment",
    ends((["LATE"], {}), "two of its compliance must find out where the money is", "SET-22"),
)
async def blocks_what_it_rejected(world: World) -> tuple[list[str], dict[str, int]]:
    offered = await one_offered(world.bench)
    await offered.answer("RJCT", None, reason="AC04")
    await offered.answer("BLCK", None)
    return await what_came_of(world, offered)


@attempt(
    WHO,
    "takes the message of a payment whose seller was listed after it was offered",
    refused("HELD_ANEW", "SET-39"),
)
async def takes_unseen(world: World) -> httpx2.Response:
    offered = await of_one_listed(world)
    return await offered.client.get(f"{API}/bank/messages/{offered.message_id}")
