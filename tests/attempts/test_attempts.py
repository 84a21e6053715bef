"""Everything that is tried ends as the law wants."""

from __future__ import annotations

import pytest

from tests.attempts import (
    accomplices,
    banks,
    carriers,
    factories,
    gatekeepers,
    hostages,
    members,
    officers,
    page,
    payers,
    previous_holders,
    readers,
    registrars,
    selected,
    traders,
)
from tests.attempts.attempt import ATTEMPTS, Attempt
from tests.attempts.world import World

WHO = (
    traders,
    selected,
    hostages,
    members,
    carriers,
    accomplices,
    gatekeepers,
    officers,
    payers,
    previous_holders,
    banks,
    factories,
    registrars,
    readers,
)


@pytest.mark.parametrize("tried", ATTEMPTS, ids=str)
async def test_it_ends_as_the_law_wants(world: World, tried: Attempt) -> None:
    tried.end.judge(await tried.does(world))


def test_the_page_tells_what_was_tried() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.text()
