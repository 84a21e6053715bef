"""A seller that is not on file, but almost is, is refused with a word on which one it almost is."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.support.on_file import seller_filed
from tests.support.window import Group, Window


@pytest.fixture(scope="module")
async def group(window: Window) -> Group:
    """A group that declares little."""
    return await window.group(1)


@pytest.mark.parametrize("slip", ["{0}g", "{1}", "{1}h", "Í{0}", "{2}"])
async def test_a_seller_that_almost_is_on_file_is_refused_with_the_code_of_the_one_that_is(
    window: Window, group: Group, slip: str
) -> None:
    name, code = f"{uuid4().hex} Phong", f"S-{uuid4().hex[:12]}"
    await seller_filed(window.sql, name, code=code)
    seller = slip.format(name, name[:-1], name.replace("Phong", "Phogn"))
    answer = await window.lot(group, seller=seller)
    (reason,) = answer.json()["errors"]
    assert (reason["code"], reason["pointer"]) == ("SELLER_UNKNOWN", "/seller")
    assert code in reason["detail"]
    # By that code it is declared.
    assert (await window.lot(group, seller=code, values=["10.00"])).status_code == 201


@pytest.mark.parametrize(
    ("name", "written"),
    [("Phong Phu {}", "Phong Phu {}gg"), ("Lê", "Lêg"), ("第一{}", "第二{}"), ("{} 1", "{} 12")],
)
async def test_a_seller_of_another_name_or_number_or_a_short_one_is_only_not_on_file(
    window: Window, group: Group, name: str, written: str
) -> None:
    some = f"z{uuid4().hex}z"
    await seller_filed(window.sql, name.format(some))
    answer = await window.lot(group, seller=written.format(some))
    (reason,) = answer.json()["errors"]
    assert (reason["code"], "almost" in reason["detail"]) == ("SELLER_UNKNOWN", False)
