"""Ports with a law of their own: less quota, fewer tickets, another way with what exceeds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.harbour import PASSED, Harbour, open_port
from tests.support.window import Group, Window, codes, decree

DAY = "2026-11-18"


@pytest.fixture
async def strict(window: Window) -> Harbour:
    """A port where a resident declares once a day."""
    port = await open_port(window, officers=0)
    await decree(window, "hushi.max_tickets_per_day", port, "1")
    return Harbour(window, port)


@pytest.fixture
async def easy(window: Window) -> Harbour:
    """A port that does not limit tickets."""
    return Harbour(window, await open_port(window, officers=0))


async def declared(place: Harbour, group: Group, value: str = "10.00") -> str | list[str]:
    """A group is of one port: it moves with its lot."""
    await place.window.sql.execute(
        "UPDATE groups SET port = $1 WHERE group_code = $2", place.port, group.code
    )
    answer = await place.window.lot(group, port=place.port, values=[value])
    return str(answer.json()["lot_id"]) if answer.status_code == 201 else codes(answer)


@pytest.mark.parametrize("first", ["strict", "easy"])
async def test_a_ticket_limit_counts_the_tickets_at_its_port_in_either_order(
    strict: Harbour, easy: Harbour, first: str
) -> None:
    group = await strict.group(1)
    order = [strict, easy] if first == "strict" else [easy, strict]
    assert [isinstance(await declared(place, group), str) for place in order] == [True, True]
    assert await declared(strict, group) == ["TICKET_LIMIT"]
    assert isinstance(await declared(easy, group), str)


async def test_of_many_at_once_as_many_pass_as_the_port_allows(strict: Harbour) -> None:
    group = await strict.group(1)
    answers = await asyncio.gather(*(declared(strict, group) for _ in range(8)))
    assert sorted(map(str, answers)).count("['TICKET_LIMIT']") == 7


async def test_a_withdrawn_ticket_may_be_declared_again(strict: Harbour) -> None:
    group = await strict.group(1)
    lot_id = await declared(strict, group)
    path = f"/declaration/v1/lots/{lot_id}/cancellation"
    await group.clerk.post(path, {"reason": "wrong truck"})
    assert isinstance(await declared(strict, group), str)
    assert await declared(strict, group) == ["TICKET_LIMIT"]


@pytest.mark.usefixtures("harbour")
async def test_a_ticket_of_goods_sent_back_after_their_release_may_be_declared_again(
    strict: Harbour,
) -> None:
    group = await strict.group(1)
    lot_id = await strict.released(group, values=["10.00"])
    officers = [strict.officer(await strict.hire()) for _ in range(2)]
    path, grounds = f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal is broken"}
    called = await officers[0].post(path, grounds)
    sent_back = {"method": "FULL", "results": ["NAME"], "disposal": "RETURN"}
    await strict.dispose(called["order_id"], {**PASSED, **sent_back})
    await strict.until(group.clerk, lot_id, "RETURNED")
    assert isinstance(await declared(strict, group), str)
    assert await declared(strict, group) == ["TICKET_LIMIT"]


@pytest.mark.parametrize("way", ["TAX_EXCESS", "CONVERT"])
async def test_a_port_that_taxes_the_excess_takes_what_is_within_the_quota(
    easy: Harbour, way: str
) -> None:
    await decree(easy.window, "hushi.over_quota_policy", easy.port, way)
    group = await easy.group(1)
    assert isinstance(await declared(easy, group, "8000.00"), str)
    over = await easy.window.lot(group, port=easy.port, values=["0.01"])
    assert codes(over) == ["POLICY_MISSING"]
    (reason,) = over.json()["errors"]
    assert (reason["pointer"], reason["rule"]) == ("/tickets/0/value", "HUSHI-QUOTA")


async def test_a_port_for_which_no_origin_is_filed_takes_nothing_and_says_so(
    easy: Harbour,
) -> None:
    await easy.window.sql.execute("DELETE FROM port_origins WHERE port = $1", easy.port)
    group = await easy.group(1)
    answer = await easy.window.lot(group, port=easy.port)
    assert codes(answer) == ["ORIGIN_NOT_NEIGHBOUR"]
    assert answer.json()["errors"][0]["facts"] == {"port": easy.port, "day": DAY}


async def test_a_quota_of_a_ports_own_is_shown_with_what_is_left_of_it(easy: Harbour) -> None:
    await decree(easy.window, "hushi.daily_quota_cny", easy.port, "5000.00")
    group = await easy.group(1)
    number = group.residents[0]
    phone, resident = await easy.window.phone(number), await easy.window.resident_id(number)
    path = f"/declaration/v1/residents/{resident}/quota"

    async def left(**where: str) -> dict[str, Any]:
        answer = await phone.get(path, day=DAY, **where)
        own = {p["port"]: (p["limit"]["amount"], p["left"]["amount"]) for p in answer["ports"]}
        return {"left": answer["left"]["amount"], "own": own[easy.port]}

    assert await left() == {"left": "8000.00", "own": ("5000.00", "5000.00")}
    assert await left(port=easy.port) == {"left": "5000.00", "own": ("5000.00", "5000.00")}
    assert isinstance(await declared(easy, group, "4000.00"), str)
    assert await left() == {"left": "4000.00", "own": ("5000.00", "1000.00")}
    assert await declared(easy, group, "1000.01") == ["QUOTA_EXCEEDED"]
    assert (await left(port="DONGXING"))["left"] == "4000.00"
