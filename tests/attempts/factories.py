"""A processing factory."""

from __future__ import annotations

import asyncio

import httpx2

from services.accreditation.domain.rules.score import standards_for
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import World
from tests.support.factory import Factory, factory_filed, released
from tests.support.one_day import today
from tests.support.patience import LOOKS
from tests.support.plates import own_plate

WHO = "A factory"
AEO = "/accreditation/v1/accreditations"


@attempt(WHO, "buys one lot twice", refused("ALREADY_SOLD", "SMK-01"))
async def buys_twice(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    order = await factory.order()
    await factory.buy(lot_id, order)
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": order, "lot_id": lot_id}
    )


@attempt(WHO, "buys what nobody offered", refused("NOT_OFFERED", "SMK-01"))
async def buys_what_nobody_offered(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": await factory.order(), "lot_id": lot_id}
    )


@attempt(WHO, "buys under an order that it has taken back", refused("ORDER_CANCELLED", "SMK-01"))
async def buys_under_what_it_took_back(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    order = await factory.order()
    await factory.party.post(f"/secondmarket/v1/orders/{order}/cancellation", {})
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": order, "lot_id": lot_id}
    )


@attempt(WHO, "buys a lot that customs still holds", refused("NOT_RELEASED", "SMK-01"))
async def buys_what_is_held(world: World) -> httpx2.Response:
    factory = await world.processor()
    _, lot = await world.kept_back()
    return await factory.try_buy(await factory.order(), lot["lot_id"])


@attempt(
    WHO,
    "is under control, and buys goods that were released before anybody knew for whom they are",
    refused("KEPT_BY_CUSTOMS", "SMK-05"),
)
async def buys_under_control(world: World) -> httpx2.Response:
    factory = await world.processor()
    await world.under_control("party", f"enterprise:{factory.code}")
    lot_id = await world.released(await world.group())
    return await factory.try_buy(await factory.order(), lot_id)


@attempt(
    WHO,
    "is under control, and has the goods offered to it once they have left",
    refused("KEPT_BY_CUSTOMS", "SMK-06"),
)
async def has_it_offered_outside(world: World) -> httpx2.Response:
    factory, plate = await world.processor(), own_plate()
    lot_id = await world.released(await world.group(), vehicle_plate=plate)
    await world.leaves(lot_id, plate)
    await world.under_control("party", f"enterprise:{factory.code}")
    return await factory.try_offer(await factory.order(), lot_id)


@attempt(
    WHO,
    "is under control, and has the truck leave while the goods are offered to it",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def has_it_leave_before(world: World) -> httpx2.Response:
    factory, plate = await world.processor(), own_plate()
    await world.under_control("party", f"enterprise:{factory.code}")
    lot_id = await world.released(await world.group(), vehicle_plate=plate)
    await factory.try_offer(await factory.order(), lot_id)
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(WHO, "closes a book without counting what is left", refused("COUNT_INCOMPLETE"))
async def without_a_count(world: World) -> httpx2.Response:
    factory = await world.processor()
    book = await factory.open_book()
    return await factory.close(book, "99999")


@attempt(
    WHO,
    "reports other products under a reference that stands",
    refused("DUPLICATE_REFERENCE", "PRC-09"),
)
async def under_a_reference_that_stands(world: World) -> httpx2.Response:
    factory = await world.processor()
    book = await factory.open_book()
    await factory.carried(book, "08013100")
    assert (await factory.declare(book)).status_code == 201
    assert (await factory.produce(book, "10", reference="SHIFT-7")).status_code == 201
    return await factory.produce(book, "1", reference="SHIFT-7")


@attempt(WHO, "opens a book to the end of time", refused("PERIOD_INVALID", "PRC-08"))
async def to_the_end_of_time(world: World) -> httpx2.Response:
    factory = await world.processor()
    body = {"period_from": today().isoformat(), "period_to": "2199-12-31"}
    return await factory.party.try_post("/processing/v1/books", body)


@attempt(WHO, "declares consumption of goods that never came", refused("MATERIAL_UNKNOWN"))
async def of_goods_that_never_came(world: World) -> httpx2.Response:
    factory = await world.processor()
    return await factory.declare(await factory.open_book(), material_hs="08013100")


@attempt(
    WHO,
    "assesses itself again while it is examined, to hear whether an examiner has scored it",
    ends(True, "is refused the same until both examiners have spoken"),
)
async def asks_whether_it_is_scored(world: World) -> bool:
    applicant, desk = await world.factory(), world.officer(await world.hire())
    applied = await applicant.post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    path = f"{AEO}/{applied['accreditation_id']}"
    marks = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
    await desk.post(f"{path}/acceptance", {"accept": True})
    await applicant.post(f"{path}/self-assessment", {"marks": marks})
    examiners: list[str] = []
    for _ in range(LOOKS):
        if len(examiners := (await desk.get(path))["examiners"]) == 2:
            break
        await asyncio.sleep(0.05)

    async def asked() -> list[str]:
        answer = await applicant.try_post(f"{path}/self-assessment", {"marks": marks})
        return [str(error) for error in answer.json()["errors"]]

    before = await asked()
    scored = {"marks": marks, "opinion": "seen on site"}
    await world.officer(examiners[0]).post(f"{path}/on-site-report", scored)
    return before == await asked()


@attempt(
    WHO,
    "gives up its application after its self-assessment, and applies anew",
    refused("REAPPLY_TOO_EARLY", "AEO-REAPPLY"),
)
async def gives_up_and_applies_anew(world: World) -> httpx2.Response:
    applicant, desk = await world.factory(), world.officer(await world.hire())
    applied = await applicant.post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    path = f"{AEO}/{applied['accreditation_id']}"
    marks = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
    await desk.post(f"{path}/acceptance", {"accept": True})
    await applicant.post(f"{path}/self-assessment", {"marks": marks})
    await applicant.post(f"{path}/withdrawal", {"grounds": "we give it up"})
    return await applicant.try_post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})


@attempt(
    WHO, "reads what is offered to a rival", ends([0, 1, 0], "each reads the own, and while it is")
)
async def reads_a_rivals_offers(world: World) -> list[int]:
    (rival, factory), group = [await world.processor() for _ in range(2)], await world.group()
    lot_id = await released(world.window, group, port=world.port)
    order_id = await factory.order()
    await factory.try_offer(order_id, lot_id)
    path = f"/secondmarket/v1/offers?order_id={order_id}"
    found = [await world.reads(one.party, path) for one in (rival, factory)]
    body = {"order_id": order_id, "lot_id": lot_id}
    await group.clerk.post("/secondmarket/v1/offers/withdrawal", body)
    found.append(await world.reads(factory.party, path))
    return [len(one.json()["items"]) for one in found]


@attempt(
    WHO,
    "opens its book at two desks at once, to have a month in each",
    ends([201, 409, 409], "one is opened, the others refused"),
)
async def opens_it_twice(world: World) -> list[int]:
    factory = await world.processor()
    body = {"period_from": f"{today()}", "period_to": f"{today()}"}
    asked = (factory.party.try_post("/processing/v1/books", body) for _ in range(3))
    return sorted(answer.status_code for answer in await asyncio.gather(*asked))


@attempt(WHO, "receives what a rival has bought", refused("NOT_FOUND"))
async def receives_a_rivals(world: World) -> httpx2.Response:
    factory, rival = [await world.processor() for _ in range(2)]
    lot_id = await released(world.window, await world.group(), port=world.port)
    purchase_id = await rival.buy(lot_id)
    await rival.dispatch(purchase_id, world.gate)
    answer: httpx2.Response = await factory.receive(purchase_id, await factory.open_book(), "100")
    return answer


async def lost_on_its_way(world: World) -> tuple[Factory, str, str]:
    """A factory, its purchase that is under way, and the book in which it is reported as lost."""
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    purchase_id = await factory.buy(lot_id)
    await factory.dispatch(purchase_id, world.gate)
    book_id = await factory.open_book()
    body = {"kind": "LOSS", "purchase_id": purchase_id, "grounds": "stolen at the rest stop"}
    await factory.party.post(f"/processing/v1/books/{book_id}/corrections", body)
    return factory, purchase_id, book_id


@attempt(
    WHO,
    "writes a load off by its own word",
    ends("DISPATCHED", "the load is waited for until an officer of customs consents"),
)
async def writes_it_off_alone(world: World) -> str:
    factory, purchase_id, _ = await lost_on_its_way(world)
    shown = await factory.party.get(f"/secondmarket/v1/purchases/{purchase_id}")
    return str(shown["state"])


@attempt(WHO, "receives what was written off as lost on its way", refused("GOODS_LOST", "PRC-10"))
async def receives_what_is_lost(world: World) -> httpx2.Response:
    factory, purchase_id, book_id = await written_off(world)
    answer: httpx2.Response = await factory.receive(purchase_id, book_id, "100")
    return answer


@attempt(WHO, "receives a lost load as found by its own word", refused("GOODS_LOST", "PRC-10"))
async def finds_it_alone(world: World) -> httpx2.Response:
    factory, purchase_id, book_id = await written_off(world)
    body = {"kind": "FOUND", "purchase_id": purchase_id, "grounds": "it stands in the yard"}
    await factory.party.post(f"/processing/v1/books/{book_id}/corrections", body)
    answer: httpx2.Response = await factory.receive(purchase_id, book_id, "100")
    return answer


@attempt(WHO, "finds a load that nobody lost", refused("NOT_LOST", "PRC-11"))
async def finds_what_is_not_lost(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    purchase_id = await factory.buy(lot_id)
    await factory.dispatch(purchase_id, world.gate)
    body = {"kind": "FOUND", "purchase_id": purchase_id, "grounds": "it stands in the yard"}
    path = f"/processing/v1/books/{await factory.open_book()}/corrections"
    return await factory.party.try_post(path, body)


async def written_off(world: World) -> tuple[Factory, str, str]:
    """A factory, its purchase that an officer let it write off as lost, and the book."""
    factory, purchase_id, book_id = await lost_on_its_way(world)
    officer = world.officer(await world.hire())
    waiting = await officer.get("/processing/v1/corrections", book_id=book_id, state="ASKED")
    (asked,) = waiting["items"]
    word = {"decision": "CONSENT", "reason": "the police's report is seen"}
    path = f"/processing/v1/corrections/{asked['correction_id']}/decision"
    await officer.post(path, word)
    return factory, purchase_id, book_id


@attempt(
    WHO,
    "buys beyond its year because a load was lost",
    refused("CAPACITY_EXCEEDED", "SMK-01"),
)
async def buys_again_what_was_lost(world: World) -> httpx2.Response:
    factory = await factory_filed(world.window, port=world.port, capacity="100")
    group = await world.group(2)
    lots = [
        await released(world.window, group, port=world.port, residents=[number])
        for number in group.residents
    ]
    purchase_id = await factory.buy(lots[0])
    await factory.dispatch(purchase_id, world.gate)
    book_id = await factory.open_book()
    body = {"kind": "LOSS", "purchase_id": purchase_id, "grounds": "stolen at the rest stop"}
    path = f"/processing/v1/books/{book_id}/corrections"
    asked = await factory.party.post(path, body)
    officer = world.officer(await world.hire())
    word = {"decision": "CONSENT", "reason": "the police's report is seen"}
    await officer.post(f"/processing/v1/corrections/{asked['correction_id']}/decision", word)
    return await factory.try_buy(await factory.order(), lots[1])
