"""Which tests stay together on one worker, and with which a run begins.

A module stays together, so that what its tests share is set up once, and so do all who name one
``xdist_group``. What has slow tests comes first, then the large; the small ones at the end leave no
worker without work for long.

``--dist loadgroup`` alone would not do it: pytest-xdist 3.8 writes a group into the names of its
tests, which pytest 9.2 does not let it change, and so every test would go to whoever is free.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import servers

_TOGETHER: Final = "together.json"


class Spread(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out what stays together as one, in the order of the workers' collections."""

    @cached_property
    def _together(self) -> dict[str, str]:
        together: dict[str, str] = json.loads(_place().read_text())
        return together

    def _split_scope(self, nodeid: str) -> str:
        return self._together[nodeid]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spread | None:
    if config.getoption("dist") != "loadgroup":
        return None
    # Its own order counts tests only, and knows nothing of slow ones.
    config.option.loadscopereorder = False
    return Spread(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    together = {item.nodeid: _unit_of(item) for item in items}
    slow = {together[item.nodeid] for item in items if item.get_closest_marker("slow")}
    size = Counter(together.values())

    def turn(item: pytest.Item) -> tuple[bool, int]:
        unit = together[item.nodeid]
        return unit not in slow, -size[unit]

    items.sort(key=turn)
    # All workers say the same; whoever hands out reads it when the last one has collected.
    written = _place().with_suffix(f".{config.workerinput['workerid']}")
    written.write_text(json.dumps(together))
    written.rename(_place())


def _unit_of(item: pytest.Item) -> str:
    group = item.get_closest_marker("xdist_group")
    return str(group.args[0]) if group else item.nodeid.partition("::")[0]


def _place() -> Path:
    return servers.place_of_run() / _TOGETHER
