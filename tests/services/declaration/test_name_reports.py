"""Whoever says "this was not me" is heard: one registrar finds out, another decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from httpx2 import Response

from deploy.operate.verify import verify
from deploy.sandbox.parties import Party
from services.kernel.identifiers import uuid_of
from tests.support.factory import factory_filed
from tests.support.harbour import PASSED, SMUGGLED, Harbour, open_port
from tests.support.window import Group, codes, decree

DECLARATION = "/declaration/v1"
IN_QUESTION: Final = "NAME_IN_QUESTION"
TRUCK = {"vehicle_plate": "桂P12345", "gross_kg": "210"}
FOUND = {"found": "no consent on paper; the identity card was lost in May"}
TWO = {"values": ["30.00", "40.00"]}


@dataclass
class Victim:
    """The first member of a lot of two, whose share the clerk confirmed by mandate."""

    harbour: Harbour
    group: Group
    lot_id: str
    phone: Party

    @classmethod
    async def of(cls, harbour: Harbour, group: Group, lot_id: str) -> Victim:
        return cls(harbour, group, lot_id, await harbour.window.phone(group.residents[0]))

    async def says(self) -> str:
        """This was not me."""
        said = await self.phone.post(f"{DECLARATION}/lots/{self.lot_id}/name-reports")
        assert (said["state"], said["owner"], said["version"]) == ("REPORTED", "registrar", 1)
        return str(said["report_id"])

    async def freezes(self, frozen: bool) -> list[str]:
        resident = await self.harbour.window.resident_id(self.group.residents[0])
        path = f"{DECLARATION}/residents/{resident}/name-freezes"
        answer = await self.phone.try_post(path, {"frozen": frozen})
        return codes(answer) if answer.status_code != 200 else []

    async def left(self, member: int = 0) -> str:
        return (await self.harbour.quota(self.group.residents[member]))["left"]

    async def stands_at_the_gate(self) -> tuple[bool, bool]:
        """What its officer reads of it: whether it may leave, and whether a name keeps it in."""
        plate = TRUCK["vehicle_plate"]
        lots = (await self.harbour.gate.get("/gate/v1/lots", plate=plate))["items"]
        (seen,) = (lot for lot in lots if lot["lot_id"] == self.lot_id)
        return seen["may_leave"], seen["kept_for_a_name"]

    async def leaves(self) -> list[str]:
        """What the gate says."""
        answer = await self.harbour.gate.try_post(f"/gate/v1/lots/{self.lot_id}/passes", TRUCK)
        return codes(answer) if answer.status_code != 201 else []


def registrar(harbour: Harbour, subject: str = "first", party: str = "platform:registrar") -> Party:
    return harbour.window.parties.act_as("registrar", party, subject=subject)


async def found(harbour: Harbour, report_id: str, *, by: str = "first") -> dict[str, Any]:
    path = f"{DECLARATION}/name-reports/{report_id}/findings"
    return await registrar(harbour, by).post(path, FOUND)


async def decided(
    harbour: Harbour, report_id: str, *, uphold: bool, by: str = "second"
) -> dict[str, Any]:
    path = f"{DECLARATION}/name-reports/{report_id}/decision"
    return await registrar(harbour, by).post(path, {"uphold": uphold})


async def status(party: Party, path: str) -> int:
    """Of what somebody reads, or may not."""
    authorization = {"Authorization": f"Bearer {party.bearer}"}
    return (await party.http.get(path, headers=authorization)).status_code


async def victim(harbour: Harbour) -> Victim:
    group = await harbour.group(2)
    return await Victim.of(harbour, group, await harbour.released(group, **TWO))


async def test_a_lot_stays_inside_until_two_registrars_find_that_it_was_the_resident(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    assert await one.stands_at_the_gate() == (True, False)
    report_id = await one.says()
    assert await one.leaves() == ["KEPT_FOR_A_NAME"]
    assert await one.stands_at_the_gate() == (False, True)
    assert await one.freezes(False) == ["STATE_CONFLICT"]

    written = await found(harbour, report_id)
    assert (written["state"], written["found"]) == ("FOUND", FOUND["found"])
    assert await one.leaves() == ["KEPT_FOR_A_NAME"]

    end = await decided(harbour, report_id, uphold=False)
    assert (end["state"], end["owner"], end["quota_back"]) == ("DISMISSED", None, False)
    assert await one.left() == "7970.00"
    assert await one.freezes(False) == []
    assert await one.leaves() == []


async def test_what_is_in_question_is_neither_offered_nor_bought_nor_paid_until_it_is_decided(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    factory = await factory_filed(harbour.window, port=harbour.port)
    order_id = await factory.order()
    sale = {"order_id": order_id, "lot_id": one.lot_id, "unit_price": "75.00"}
    clerk = one.group.clerk
    payment = {"lot_id": one.lot_id, "amount": "70.00", "currency": "CNY", "pay_currency": "CNY"}

    async def tried() -> list[Response]:
        wish = {**payment, "client_reference": uuid4().hex, "purpose_code": "GOD"}
        return [
            await clerk.try_post("/secondmarket/v1/offers", sale),
            await factory.try_buy(order_id, one.lot_id),
            await clerk.try_post("/settlement/v1/instructions", wish),
        ]

    report_id = await one.says()
    for _ in range(2):
        offered, bought, paid = await tried()
        assert [codes(answer)[-1] for answer in (offered, bought, paid)] == [IN_QUESTION] * 3
        for answer in (offered, bought, paid):
            facts = answer.json()["errors"][-1]["facts"]
            assert facts["since"] < facts["due"], "since when, and by when it is decided"
        payable = await clerk.get(f"/settlement/v1/lots/{one.lot_id}/payable")
        assert (payable["payable"], payable["refused_for"]) == (False, [IN_QUESTION])
        await found(harbour, report_id)
    await decided(harbour, report_id, uphold=False)
    assert (await clerk.get(f"/settlement/v1/lots/{one.lot_id}/payable"))["payable"]
    offered, bought, paid = await tried()
    assert (offered.status_code, bought.status_code) == (201, 201)
    assert IN_QUESTION not in paid.text


async def test_what_was_not_the_resident_counts_no_more_and_the_lot_goes_to_customs(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    await found(harbour, report_id)

    end = await decided(harbour, report_id, uphold=True)

    assert (end["state"], end["quota_back"]) == ("UPHELD", True)
    assert [await one.left(member) for member in (0, 1)] == ["8000.00", "7960.00"]
    lot = await harbour.until(one.group.clerk, one.lot_id, "IN_INSPECTION")
    assert lot["lane"] == "YELLOW"
    types = await harbour.events(one.lot_id)
    assert types[-2:] == ["LotCalledIn", "LotSentToInspection"]
    assert await harbour.events(report_id) == [
        *("NameReported", "NameReportFound", "NameReportUpheld"),
    ]
    # What risk and inspection recorded of it was declaration's act, which answered for it.
    report = await verify(harbour.window.assembly.database("window"))
    ours = (one.lot_id, report_id, str(lot["order_id"]))
    assert not [found for found in map(str, report.named) if found.startswith(ours)]
    # The name stays frozen until its bearer lifts it.
    assert await one.freezes(True) == ["STATE_CONFLICT"]
    assert await one.freezes(False) == []


async def test_what_was_given_back_is_not_given_back_again_when_the_goods_go_back(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    await found(harbour, report_id)
    await decided(harbour, report_id, uphold=True)
    lot = await harbour.until(one.group.clerk, one.lot_id, "IN_INSPECTION")
    back = {**PASSED, "results": ["NAME"], "disposal": "RETURN"}
    await harbour.dispose(lot["order_id"], back)
    await harbour.until(one.group.clerk, one.lot_id, "RETURNED")
    assert [await one.left(member) for member in (0, 1)] == ["8000.00", "8000.00"]


async def test_once_two_officers_have_let_it_go_the_lot_leaves(harbour: Harbour) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    await found(harbour, report_id)
    await decided(harbour, report_id, uphold=True)
    lot = await harbour.until(one.group.clerk, one.lot_id, "IN_INSPECTION")
    assert (await harbour.order(lot["order_id"]))["grounds"] == FOUND["found"]
    await harbour.dispose(lot["order_id"], {**PASSED, "found_kg": "200"})
    await harbour.until(one.group.clerk, one.lot_id, "RELEASED")
    assert await one.leaves() == []
    assert [await one.left(member) for member in (0, 1)] == ["8000.00", "7960.00"]


async def test_a_lot_that_is_being_inspected_has_one_order_and_what_is_seized_is_not_given_back(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2)
    lot = await harbour.inspected(group, **TWO)
    one = await Victim.of(harbour, group, lot["lot_id"])
    report_id = await one.says()
    await found(harbour, report_id)
    assert (await decided(harbour, report_id, uphold=True))["quota_back"] is True
    assert await one.left() == "8000.00"
    other = await Victim.of(
        harbour, Group(group.code, group.residents[1:], group.clerk), one.lot_id
    )
    second = await other.says()
    await harbour.dispose(lot["order_id"], SMUGGLED)
    await harbour.until(group.clerk, one.lot_id, "SEIZED")
    await found(harbour, second)
    assert (await decided(harbour, second, uphold=True))["quota_back"] is False
    assert [await one.left(member) for member in (0, 1)] == ["8000.00", "7960.00"]
    calls = await harbour.window.sql.fetch(
        "SELECT order_id FROM call_ins WHERE lot_id = $1", uuid_of(one.lot_id, "lot")
    )
    assert [call["order_id"] for call in calls] == [None]


async def test_a_lot_that_has_left_is_found_out_about_and_nothing_is_fetched_back(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    assert await one.leaves() == []
    report_id = await one.says()
    (shown,) = (await one.phone.get(f"{DECLARATION}/name-reports"))["items"]
    assert (shown["lot_state"], shown["keeps_in"]) == ("GATE_OUT", False)
    await found(harbour, report_id)
    await decided(harbour, report_id, uphold=True)
    assert await one.left() == "8000.00"
    assert (await harbour.lot(one.lot_id))["state"] == "GATE_OUT"


async def test_whoever_found_does_not_decide_nor_does_another_office(harbour: Harbour) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    path = f"{DECLARATION}/name-reports/{report_id}/decision"
    assert codes(await registrar(harbour).try_post(path, {"uphold": True})) == ["STATE_CONFLICT"]
    await found(harbour, report_id)
    same = await registrar(harbour).try_post(path, {"uphold": True})
    elsewhere = await registrar(harbour, "second", "platform:x").try_post(path, {"uphold": True})
    assert [codes(same), codes(elsewhere)] == [["SAME_PERSON"], ["SAME_PERSON"]]
    # Whoever finds anew has found, and the other may decide then.
    await found(harbour, report_id, by="second")
    anew = await registrar(harbour, "second").try_post(path, {"uphold": True})
    assert codes(anew) == ["SAME_PERSON"]
    assert (await decided(harbour, report_id, uphold=False, by="first"))["state"] == "DISMISSED"
    again = await registrar(harbour, "second").try_post(path, {"uphold": True})
    assert codes(again) == ["STATE_CONFLICT"]


async def test_it_is_said_once_by_whoever_has_a_share_after_all_have_answered(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, **TWO)
    early = await Victim.of(harbour, group, lot_id)
    path = f"{DECLARATION}/lots/{lot_id}/name-reports"
    assert codes(await early.phone.try_post(path)) == ["STATE_CONFLICT"]
    one = await victim(harbour)
    path = f"{DECLARATION}/lots/{one.lot_id}/name-reports"
    assert (await early.phone.try_post(path)).status_code == 404
    assert (await one.group.clerk.try_post(path)).status_code == 403
    report_id = await one.says()
    assert codes(await one.phone.try_post(path)) == ["STATE_CONFLICT"]
    await found(harbour, report_id)
    await decided(harbour, report_id, uphold=False)
    assert codes(await one.phone.try_post(path)) == ["STATE_CONFLICT"]


async def test_it_lies_on_the_registrars_list_with_its_age_and_is_overdue_in_time(
    harbour: Harbour,
) -> None:
    hasty = Harbour(harbour.window, await open_port(harbour.window))
    await decree(harbour.window, "hushi.name_report_h", hasty.port, "0")
    one = await victim(hasty)
    report_id = await one.says()
    late = await registrar(harbour).get(f"{DECLARATION}/name-reports", overdue=True, limit=200)
    shown = {item["report_id"]: item for item in late["items"]}[report_id]
    assert (shown["owner"], shown["overdue"], shown["keeps_in"]) == ("registrar", True, True)
    assert shown["age_s"] >= 0
    await found(harbour, report_id)
    await decided(harbour, report_id, uphold=False)
    late = await registrar(harbour).get(f"{DECLARATION}/name-reports", overdue=True, limit=200)
    assert report_id not in [item["report_id"] for item in late["items"]]


async def test_neither_the_group_nor_a_neighbour_reads_who_said_it(harbour: Harbour) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    await found(harbour, report_id)
    path = f"{DECLARATION}/name-reports/{report_id}"
    neighbour = await harbour.window.phone(one.group.residents[1])
    assert await status(neighbour, path) == 404
    assert (await neighbour.get(f"{DECLARATION}/name-reports"))["items"] == []
    assert await status(one.group.clerk, path) == 403
    assert (await one.phone.get(path))["found"] is None
    timeline = await one.group.clerk.get(f"/window/v1/cases/{one.lot_id}/timeline")
    assert "NameReported" not in [event["type"] for event in timeline["items"]]
