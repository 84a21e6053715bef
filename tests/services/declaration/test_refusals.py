"""A lot is accepted whole or refused with every reason, each pointing at what caused it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.kernel.clock import business_day
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import officers_as
from tests.support.window import Group, Window, codes, fresh_resident_no, lot_body

DAY = "2026-11-18"
WRONG_CHECK = "450681180101010010"


def reasons(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Each refusal's code and JSON pointer."""
    return [(e["code"], e["pointer"]) for e in answer.json()["errors"]]


async def refused(window: Window, group: Group, **changes: Any) -> list[tuple[str, str]]:
    answer = await window.lot(group, **changes)
    assert answer.status_code in (409, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return reasons(answer)


def stranger() -> str:
    """A valid number that nobody filed."""
    return fresh_resident_no()


@pytest.fixture(scope="module")
async def group(window: Window) -> Group:
    """Ten members whom no test here lets buy anything: what is refused reserves nothing."""
    return await window.group(10)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"origin": "TH"}, [("ORIGIN_NOT_NEIGHBOUR", "/origin")]),
        ({"hs_code": "24022000"}, [("GOODS_NOT_EXEMPT", "/hs_code")]),
        ({"hs_code": "31021000"}, [("GOODS_NOT_EXEMPT", "/hs_code")]),
        ({"hs_code": "15149110"}, [("GOODS_NOT_EXEMPT", "/hs_code")]),
        ({"gross_kg": "99.999"}, [("GROSS_BELOW_NET", "/gross_kg")]),
        ({"value": "7000.01"}, [("SPLIT_MISMATCH", "/value")]),
        ({"net_kg": "100.001"}, [("SPLIT_MISMATCH", "/net_kg")]),
        (
            {"value": "6999.99", "net_kg": "99.999"},
            [("SPLIT_MISMATCH", "/value"), ("SPLIT_MISMATCH", "/net_kg")],
        ),
        ({"values": ["8000.01"]}, [("QUOTA_EXCEEDED", "/tickets/0/value")]),
        ({"residents": [WRONG_CHECK]}, [("ID_INVALID", "/tickets/0/resident_no")]),
        ({"port": "NOWHERE"}, [("PORT_UNKNOWN", "/port"), ("GROUP_UNKNOWN", "/group_code")]),
        ({"customs_office": "7201"}, [("CUSTOMS_OFFICE_WRONG", "/customs_office")]),
        ({"hs_code": "08013"}, [("HS_INVALID", "/hs_code")]),
        ({"hs_code": "8106000"}, [("HS_INVALID", "/hs_code")]),
        ({"hs_code": "99999999"}, [("HS_INVALID", "/hs_code")]),
        ({"seller": "Sample Mong Cay 1"}, [("SELLER_UNKNOWN", "/seller")]),
        ({"manifest_no": "M-NONE"}, [("MANIFEST_UNKNOWN", "/manifest_no")]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_a_reason_points_at_the_field_that_caused_it(
    window: Window, group: Group, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert await refused(window, group, **changes) == expected


async def test_prohibited_goods_are_refused_as_such_and_not_as_taxable(
    window: Window, group: Group
) -> None:
    prefix = await window.sql.fetchval(
        "SELECT hs_prefix FROM goods_restrictions WHERE kind = 'PROHIBITED' LIMIT 1"
    )
    assert prefix is not None
    assert await refused(window, group, hs_code=str(prefix).ljust(8, "0")) == [
        ("GOODS_PROHIBITED", "/hs_code")
    ]


async def test_an_unknown_number_is_only_not_filed(window: Window, group: Group) -> None:
    buyers, values = [stranger(), group.residents[0]], ["9000.00", "10.00"]
    found = await refused(window, group, residents=buyers, values=values)
    assert found == [("RESIDENT_NOT_FILED", "/tickets/0/resident_no")]


async def test_an_invalid_number_is_only_invalid(window: Window, group: Group) -> None:
    buyers, values = [group.residents[0], WRONG_CHECK], ["10.00", "9000.00"]
    found = await refused(window, group, residents=buyers, values=values)
    assert found == [("ID_INVALID", "/tickets/1/resident_no")]


@pytest.mark.parametrize(
    "number",
    [
        "45068118010101001",
        "45068118010101001１",
        "４５０６８１１８０１０１０１００１１",
        " 450681180101010011",
        "x" * 18,
        "0" * 18,
    ],
)
async def test_what_looks_nearly_like_a_number_is_none(
    window: Window, group: Group, number: str
) -> None:
    assert await refused(window, group, residents=[number]) == [
        ("ID_INVALID", "/tickets/0/resident_no")
    ]


async def test_a_resident_filed_later_is_not_filed_yet_and_nothing_else(window: Window) -> None:
    group = await window.group(1, filed_on="2026-11-19")
    assert await refused(window, group, values=["9000.00"]) == [
        ("RESIDENT_NOT_FILED", "/tickets/0/resident_no")
    ]
    await window.accepted(group, entered_at="2026-11-19T09:00:00+08:00")


async def test_a_filing_holds_through_its_last_day(window: Window) -> None:
    group = await window.group(1, valid_until=DAY)
    await window.accepted(group, values=["10.00"])
    assert await refused(window, group, entered_at="2026-11-19T00:00:00+08:00") == [
        ("FILING_EXPIRED", "/tickets/0/resident_no")
    ]


async def test_a_resident_of_another_group_is_not_a_member(window: Window, group: Group) -> None:
    other = await window.group(1)
    assert await refused(window, group, residents=other.residents) == [
        ("NOT_A_MEMBER", "/tickets/0/resident_no")
    ]


async def test_a_resident_named_twice_counts_twice_against_one_quota(window: Window) -> None:
    group = await window.group(1)
    twice = [group.residents[0]] * 2
    over = {"residents": twice, "values": ["4000.00", "4000.01"]}
    assert await refused(window, group, **over) == [("QUOTA_EXCEEDED", "/tickets/1/value")]
    await window.accepted(group, residents=twice, values=["4000.00", "4000.00"])


async def test_a_reference_is_used_once_by_its_party(window: Window) -> None:
    group, other = await window.group(1), await window.group(1)
    mine = f"R-{uuid4().hex[:10]}"
    await window.accepted(group, reference=mine, values=["10.00"])
    assert await refused(window, group, reference=mine, values=["10.00"]) == [
        ("DUPLICATE_REFERENCE", "/reference")
    ]
    await window.accepted(other, reference=mine, values=["10.00"])


async def test_every_reason_comes_in_one_answer_and_nothing_is_reserved(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2)
    manifest = await harbour.manifest("50")
    one, two = group.residents
    answer = await harbour.window.lot(
        group,
        port=harbour.port,
        origin="TH",
        hs_code="24022000",
        gross_kg="60",
        net_kg="399",
        value="1.00",
        manifest_no=manifest,
        residents=[one, two, WRONG_CHECK, stranger()],
        values=["8000.01", "10.00", "10.00", "10.00"],
    )
    assert reasons(answer) == [
        ("ORIGIN_NOT_NEIGHBOUR", "/origin"),
        ("GOODS_NOT_EXEMPT", "/hs_code"),
        ("GROSS_BELOW_NET", "/gross_kg"),
        ("OVER_MANIFEST", "/gross_kg"),
        ("SPLIT_MISMATCH", "/value"),
        ("SPLIT_MISMATCH", "/net_kg"),
        ("ID_INVALID", "/tickets/2/resident_no"),
        ("RESIDENT_NOT_FILED", "/tickets/3/resident_no"),
        ("QUOTA_EXCEEDED", "/tickets/0/value"),
    ]
    assert await harbour.weight_left(manifest) == "50.000"
    assert (await harbour.quota(two))["reserved"] == "0.00"


async def test_a_clerk_declares_for_the_own_group_only(window: Window, group: Group) -> None:
    other = await window.group(1)
    answer = await group.clerk.try_post("/declaration/v1/lots", lot_body(other))
    assert (answer.status_code, reasons(answer)) == (403, [("FORBIDDEN", "/group_code")])


async def test_a_resident_declares_in_the_own_name_only(window: Window) -> None:
    group = await window.group(2)
    phone = await window.phone(group.residents[0])
    lent = lot_body(group, group_code=None, values=["10.00"], residents=[group.residents[1]])
    answer = await phone.try_post("/declaration/v1/lots", lent)
    assert (answer.status_code, reasons(answer)) == (
        403,
        [("FORBIDDEN", "/tickets/0/resident_no")],
    )
    own = {**lent, "tickets": [{**lent["tickets"][0], "resident_no": group.residents[0]}]}
    accepted = await phone.post("/declaration/v1/lots", own)
    assert accepted["state"] == "IDENTITY_OK"


SPOILT: Mapping[str, tuple[dict[str, Any], str]] = {
    "no tickets": ({"tickets": []}, "/tickets"),
    "negative value": ({"values": ["-1.00"]}, "/value"),
    "nothing": ({"values": ["0.00"]}, "/value"),
    "a third decimal of a cent": ({"value": "7000.001"}, "/value"),
    "a milligram": ({"gross_kg": "110.0001"}, "/gross_kg"),
    "a number as value": ({"value": 7000}, "/value"),
    "a float as weight": ({"net_kg": 100.5}, "/net_kg"),
    "sixteen digits": ({"value": "99999999999999.99"}, "/value"),
    "not a number": ({"value": "NaN"}, "/value"),
    "infinity": ({"net_kg": "Infinity"}, "/net_kg"),
    "an empty reference": ({"reference": ""}, "/reference"),
    "a reference with a space": ({"reference": "a b"}, "/reference"),
    "an empty name": ({"goods_name": "  "}, "/goods_name"),
    "a NUL": ({"goods_name": "a\x00b"}, "/goods_name"),
    "a line break": ({"seller": "a\nb"}, "/seller"),
    "too long a name": ({"goods_name": "腰" * 121}, "/goods_name"),
    "letters for digits": ({"hs_code": "abc"}, "/hs_code"),
    "a country that is none": ({"shipped_from": "XX"}, "/shipped_from"),
    "true for one": ({"pieces": True}, "/pieces"),
    "off for false": ({"perishable": "off"}, "/perishable"),
    "a time as a number": ({"entered_at": 1795620769}, "/entered_at"),
    "a time as digits": ({"entered_at": "1795620769"}, "/entered_at"),
    "a plate in another alphabet": ({"vehicle_plate": "桂Р12345"}, "/vehicle_plate"),
    "a time without offset": ({"entered_at": "2026-11-18T09:00:00"}, "/entered_at"),
    "a time before the trade": ({"entered_at": "0001-01-01T00:00:00+08:00"}, "/entered_at"),
    "a time after the calendar": ({"entered_at": "9999-12-31T23:59:59Z"}, "/entered_at"),
    "no such time": ({"entered_at": "2026-02-30T09:00:00Z"}, "/entered_at"),
    "an unknown field": ({"taxes": "0"}, "/taxes"),
    "an export": ({"direction": "E"}, "/direction"),
    "another currency": ({"currency": "VND"}, "/currency"),
    "a bank without a country": ({"seller_bank_bic": "BFTV11VX"}, "/seller_bank_bic"),
    "a bank in no country": ({"seller_bank_bic": "BFTVXXVX"}, "/seller_bank_bic"),
    "half a piece": ({"pieces": 1.5}, "/pieces"),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_a_field_that_cannot_be_meant_is_refused_where_it_stands(
    window: Window, group: Group, name: str
) -> None:
    changes, pointer = SPOILT[name]
    answer = await window.lot(group, **changes)
    assert answer.status_code == 422, answer.text
    assert set(codes(answer)) == {"REQUEST_INVALID"}
    assert pointer in [p for _, p in reasons(answer)]


async def test_a_lot_has_at_most_a_thousand_tickets(window: Window, group: Group) -> None:
    buyers = [group.residents[0]] * 1001
    answer = await window.lot(group, residents=buyers, values=["0.01"] * 1001, kg_each="0.001")
    assert (answer.status_code, reasons(answer)) == (422, [("REQUEST_INVALID", "/tickets")])


async def test_chinese_vietnamese_and_odd_but_honest_text_is_kept_as_it_is(
    window: Window,
) -> None:
    group = await window.group(1)
    name = "带壳腰果（越南 Bình Phước）— 一级 & 'W320' \\ \"散装\" 𠮷"
    lot_id = await window.accepted(group, goods_name=name, values=["10.00"])
    assert (await group.clerk.get(f"/declaration/v1/lots/{lot_id}"))["goods_name"] == name


@pytest.mark.parametrize(
    ("entered_at", "day"),
    [
        ("2026-11-18T23:59:59+08:00", "2026-11-18"),
        ("2026-11-18T23:00:00+07:00", "2026-11-19"),
        ("2026-11-18T16:00:00Z", "2026-11-19"),
        ("2026-11-19T04:00:00+14:00", "2026-11-18"),
    ],
)
async def test_the_day_of_a_lot_is_beijings_whatever_offset_it_is_written_in(
    harbour: Harbour, entered_at: str, day: str
) -> None:
    group = await harbour.group(1)
    await harbour.accepted(group, values=["10.00"], entered_at=entered_at)
    assert (await harbour.quota(group.residents[0], day))["reserved"] == "10.00"


async def test_the_smallest_and_the_largest_share_are_accepted(window: Window) -> None:
    group = await window.group(2)
    await window.accepted(group, values=["0.01", "8000.00"], kg_each="0.001")


async def test_a_port_that_allows_one_ticket_a_day_refuses_the_second(harbour: Harbour) -> None:
    """W2 with the port override, made by two policy officers through the registry."""
    # Of its own: today's law of the tests' own port is everybody's.
    harbour = Harbour(harbour.window, await open_port(harbour.window))
    window, today = harbour.window, business_day(datetime.now(UTC))
    officers = await officers_as(window.parties, window.sql, "policy_officer")
    parameter = {
        "key": "hushi.max_tickets_per_day",
        "scope": harbour.port,
        "value": 1,
        "authority": "a test of W2",
        "effective_from": f"{today}",
        "effective_to": f"{today + timedelta(days=1)}",
    }
    proposed = await officers[0].post("/law/v1/policy", parameter)
    group = await harbour.group(2)
    one, two = group.residents
    # A truck that is not on file: the tests' own is declared for another day.
    now = datetime.now(UTC).isoformat()
    same: dict[str, Any] = {"entered_at": now, "values": ["10.00"], "vehicle_plate": "桂P00010"}
    await harbour.accepted(group, **same, residents=[one])
    await harbour.accepted(group, **same, residents=[one])
    path = f"/law/v1/policy/{proposed['policy_id']}/approval"
    assert codes(await officers[0].try_post(path)) == ["SAME_PERSON"]
    await officers[1].post(path)
    third = await harbour.window.lot(group, port=harbour.port, **same, residents=[one])
    assert reasons(third) == [("TICKET_LIMIT", "/tickets/0/resident_no")]
    twice = {**same, "residents": [two, two], "values": ["10.00", "10.00"]}
    assert reasons(await harbour.window.lot(group, port=harbour.port, **twice)) == [
        ("TICKET_LIMIT", "/tickets/1/resident_no")
    ]
    await harbour.accepted(group, **same, residents=[two])


@pytest.mark.parametrize("field", ["reference", "goods_name", "seller"])
async def test_free_text_fit_to_keep_by_number(harbour: Harbour, field: str) -> None:
    group = await harbour.group(1)
    answer = await harbour.window.lot(group, **{field: group.residents[0]})
    assert answer.status_code == 422
    assert reasons(answer) == [("REQUEST_INVALID", f"/{field}")]


@pytest.mark.parametrize("amount", ["1e3", "５.00", "+5.00", "Infinity"])
async def test_an_amount_is_plain_digits(harbour: Harbour, amount: str) -> None:
    group = await harbour.group(1)
    assert (await harbour.window.lot(group, value=amount)).status_code == 422


async def test_what_is_wrong_with_one_ticket_hides_nothing_of_the_others(
    window: Window,
) -> None:
    group = await window.group(4)
    lot = lot_body(group, values=["10.00", "10.00", "9000.00", "8500.00"])
    lot["tickets"][0]["net_kg"] = "1,5"
    lot["tickets"][1]["resident_no"] = WRONG_CHECK
    answer = await group.clerk.try_post("/declaration/v1/lots", lot)
    assert (answer.status_code, reasons(answer)) == (
        422,
        [
            ("REQUEST_INVALID", "/tickets/0/net_kg"),
            ("ID_INVALID", "/tickets/1/resident_no"),
            ("QUOTA_EXCEEDED", "/tickets/2/value"),
            ("QUOTA_EXCEEDED", "/tickets/3/value"),
        ],
    )
    lot["tickets"][0]["net_kg"], lot["pieces"] = "1,5", True
    answer = await group.clerk.try_post("/declaration/v1/lots", lot)
    assert reasons(answer) == [
        ("REQUEST_INVALID", "/pieces"),
        ("REQUEST_INVALID", "/tickets/0/net_kg"),
    ]
    lot["pieces"], lot["tickets"] = 10, [{**lot["tickets"][3], "value": "10.00"}, {"net_kg": "1"}]
    answer = await group.clerk.try_post("/declaration/v1/lots", lot)
    assert {pointer for _, pointer in reasons(answer)} == {
        "/tickets/1/resident_no",
        "/tickets/1/value",
    }


@pytest.mark.parametrize("languages", [("vi", "zh-CN"), ("zh-CN", "en")])
async def test_a_stored_refusal_is_read_again_in_another_language(
    window: Window, group: Group, languages: tuple[str, str]
) -> None:
    """The answer kept under a key has the same status, code, pointer and values for ever."""
    body, key = lot_body(group, values=["8000.01"]), uuid4().hex
    first, second = [
        await group.clerk.try_post(
            "/declaration/v1/lots", body, **{"Idempotency-Key": key, "Accept-Language": language}
        )
        for language in languages
    ]
    assert [answer.headers["content-language"] for answer in (first, second)] == list(languages)
    same = ("status", "code", "type", "at")
    assert [first.json()[name] for name in same] == [second.json()[name] for name in same]
    (one,), (other,) = first.json()["errors"], second.json()["errors"]
    assert one.pop("detail") != other.pop("detail")
    assert one == other
    assert one["facts"] == {
        "quota": {"amount": "8000.00", "currency": "CNY"},
        "excess": {"amount": "0.01", "currency": "CNY"},
    }
    assert one["rule"] == "HUSHI-QUOTA"
