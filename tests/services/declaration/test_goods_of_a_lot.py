"""Goods are declared under a line of the tariff of their day; what the line is, they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.clock import business_day
from services.kernel.commodity import line_of
from tests.support.numbers import fresh
from tests.support.on_file import line_filed
from tests.support.window import ENTERED_AT, Group, Window

DAY = business_day(datetime.fromisoformat(ENTERED_AT))


@pytest.fixture(scope="module")
async def group(window: Window) -> Group:
    """Members with quota left for every lot of this page."""
    return await window.group(1)


async def declared(window: Window, group: Group, hs_code: str, **how: Any) -> dict[str, Any]:
    """A lot worth a yuan under this code, as its clerk reads it; or its one refusal."""
    answer = await window.lot(group, hs_code=hs_code, values=["1.00"], **how)
    if answer.status_code != 201:
        (reason,) = answer.json()["errors"]
        return {"refused": reason["code"], **reason}
    lot_id = answer.json()["lot_id"]
    return await group.clerk.get(f"/declaration/v1/lots/{lot_id}")


def heading() -> str:
    """Eight digits of a line that no other test files."""
    return f"08{fresh(6)}"


async def listed(window: Window, prefix: str) -> None:
    """It has been on the list for long: of past days nobody lists anything any more."""
    await window.sql.execute(
        "INSERT INTO goods_restrictions (kind, hs_prefix, effective_from, authority, sample)"
        " VALUES ('NOT_EXEMPT', $1, '1996-04-01', 'trial', true)",
        prefix,
    )


@pytest.mark.parametrize("code", ["0801", "080131", "0801310000123"])
async def test_a_code_that_is_no_line_says_what_to_write_instead(
    window: Window, group: Group, code: str
) -> None:
    found = await declared(window, group, code)
    assert (found["refused"], found["rule"]) == ("HS_INVALID", "HUSHI-LINE")
    assert "8 or 10 digits" in found["detail"]


@pytest.mark.parametrize("code", ["8106000", "801310000"])
async def test_of_a_code_that_lost_its_zero_it_is_said_what_it_is_with_it(
    window: Window, group: Group, code: str
) -> None:
    found = await declared(window, group, code)
    assert (found["refused"], found["rule"]) == ("HS_INVALID", "HUSHI-LINE")
    assert f"it is 0{code}" in found["detail"]


async def test_a_line_that_nobody_filed_is_refused(window: Window, group: Group) -> None:
    found = await declared(window, group, "08999999")
    assert (found["refused"], found["pointer"]) == ("HS_INVALID", "/hs_code")
    assert found["facts"] == {"hs_code": "08999999", "day": DAY.isoformat()}


@pytest.mark.parametrize("written", ["08013100", "0801.31.00", "0801 3100", "０８０１３１００"])
async def test_a_line_is_the_same_with_dots_and_without(
    window: Window, group: Group, written: str
) -> None:
    assert (await declared(window, group, written))["hs_code"] == "08013100"


async def test_ten_digits_stand_under_a_line_that_is_not_divided(
    window: Window, group: Group
) -> None:
    assert (await declared(window, group, "0801.3100.90"))["hs_code"] == "0801310090"


async def test_where_the_tariff_divides_a_line_the_part_is_named(
    window: Window, group: Group
) -> None:
    whole = heading()
    await line_filed(window.sql, f"{whole}10", perishable=True)
    assert (await declared(window, group, f"{whole}10"))["perishable"] is True
    assert (await declared(window, group, f"{whole}90"))["refused"] == "HS_INVALID"
    assert (await declared(window, group, whole))["refused"] == "HS_INVALID"


async def test_a_listed_part_of_a_line_keeps_the_whole_line_from_being_exempt(
    window: Window, group: Group
) -> None:
    """Whoever leaves the last digits away is not off the list."""
    part = await line_filed(window.sql, heading())
    await listed(window, f"{part}10")
    for code in (part, f"{part}10"):
        assert (await declared(window, group, code))["refused"] == "GOODS_NOT_EXEMPT"
    assert (await declared(window, group, f"{part}90"))["hs_code"] == f"{part}90"


async def test_a_listed_line_is_on_the_list_in_ten_digits_too(window: Window, group: Group) -> None:
    line = await line_filed(window.sql, heading())
    await listed(window, line)
    assert (await declared(window, group, f"{line}90"))["refused"] == "GOODS_NOT_EXEMPT"


@pytest.mark.parametrize(
    ("begins", "ends", "taken"),
    [
        (None, None, True),
        (0, 1, True),
        (-30, 0, False),
        (1, None, False),
    ],
    ids=["ever", "that day alone", "until the day before", "from the day after"],
)
async def test_a_line_is_one_on_its_own_days_only(
    window: Window, group: Group, begins: int | None, ends: int | None, taken: bool
) -> None:
    code = heading()
    row = {
        "hs_code": code,
        "name_zh": "样品",
        "name_en": "Sample",
        "perishable": False,
        "effective_from": _day(begins),
        "effective_to": _day(ends),
    }
    await window.listed("commodities", row)
    shown = await window.registrar.get(f"/law/v1/commodities/{code}")
    assert (shown["effective_from"], shown["effective_to"]) == (_day(begins), _day(ends))
    found = await declared(window, group, code)
    assert found.get("refused") == (None if taken else "HS_INVALID")


def _day(offset: int | None) -> str | None:
    return None if offset is None else (DAY + timedelta(days=offset)).isoformat()


async def test_a_line_does_not_end_before_it_begins(window: Window) -> None:
    row = {
        "hs_code": heading(),
        "name_zh": "样品",
        "name_en": "Sample",
        "perishable": False,
        "effective_from": "2026-02-01",
        "effective_to": "2026-02-01",
    }
    answer = await window.registrar.try_post("/law/v1/commodities", {"rows": [row]})
    (reason,) = answer.json()["errors"]
    assert (reason["code"], reason["pointer"]) == ("PERIOD_INVALID", "/rows/0/effective_to")


@pytest.mark.parametrize("said", [True, False, None])
async def test_goods_are_perishable_when_their_line_says_so_and_not_when_the_trader_does(
    window: Window, group: Group, said: bool | None
) -> None:
    says = {} if said is None else {"perishable": said}
    assert (await declared(window, group, "08106000", **says))["perishable"] is True
    assert (await declared(window, group, "08013100", **says))["perishable"] is False


@pytest.mark.parametrize(
    ("code", "lines", "line"),
    [
        ("08013100", ["08013100"], "08013100"),
        ("0801310010", ["08013100"], "08013100"),
        ("0801310010", ["08013100", "0801310010"], "0801310010"),
        ("0801310020", ["08013100", "0801310010"], None),
        ("08013100", ["0801310010"], None),
        ("08013100", [], None),
    ],
)
def test_the_line_of_a_code(code: str, lines: list[str], line: str | None) -> None:
    assert line_of(code, lines) == line
