"""A product of cases too large for every run: a seeded sample of it.

Whole in ``make proof`` are those marked ``proof``, of which ``make test`` takes a sample: so many
of the cases, or in every case so many of the values that are tried there. Of every other product
that asks the servers, ``make check`` takes one. The seed is the day, so that a week of runs tries a
good part of the product; a run says which it was, and ``PROOF_SEED`` makes the same sample again.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import pytest

LAST: Final = Path(__file__).parents[1] / "proof.json"
"""What ``make proof`` found when it ran last; kept with the code that it was run on."""
_SEED: Final = "PROOF_SEED"
_EVERYDAY_KEEPS: Final = 2
"""Cases of a product that asks the servers, in the everyday run."""
_ENDS: Final = ("passed", "failed", "error")
_WHOLE: Final = pytest.StashKey[int]()
T = TypeVar("T")


class Some(Protocol):
    """Chooses so many of the values that a case tries, in their order."""

    def __call__(self, values: Iterable[T], keep: int) -> list[T]: ...


@pytest.fixture
def some(request: pytest.FixtureRequest) -> Some:
    """Other values for every case and every day; in ``make proof``, all of them."""
    chance = random.Random(f"{os.environ[_SEED]} {request.node.nodeid}")

    def chosen(values: Iterable[T], keep: int) -> list[T]:
        there = list(values)
        if request.config.getoption("--proof"):
            return there
        kept = chance.sample(range(len(there)), min(keep, len(there)))
        return [there[place] for place in sorted(kept)]

    return chosen


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="every case of every product, only those")
    parser.addoption("--everyday", action="store_true", help="nothing slow, of products a sample")


def pytest_configure(config: pytest.Config) -> None:
    # Set before the workers start, so that all of them choose alike.
    os.environ.setdefault(_SEED, str(date.today().toordinal()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    products: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        products[item.nodeid.partition("[")[0]].append(item)
    left = [item for product in products.values() for item in _left_out(product, config)]
    config.stash[_WHOLE] = len(items) - len(left)
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    # Whoever spreads the tests over workers collects none himself.
    node.config.stash[_WHOLE] = len(ids)


def _left_out(product: list[pytest.Item], config: pytest.Config) -> list[pytest.Item]:
    """What this kind of run leaves out of a test's cases."""
    proof = product[0].get_closest_marker("proof")
    if config.getoption("--proof"):
        return [] if proof else product
    if not config.getoption("--everyday"):
        # Without a number every case is there, and takes a sample of its own.
        return _all_but_a_sample(product, proof.kwargs["keep"]) if proof and proof.kwargs else []
    if product[0].get_closest_marker("slow"):
        return product
    # Every fixture that starts from the servers has theirs among its own.
    asks_the_servers = "stack" in getattr(product[0], "fixturenames", ())
    return _all_but_a_sample(product, _EVERYDAY_KEEPS) if asks_the_servers else []


def _all_but_a_sample(product: list[pytest.Item], keep: int) -> list[pytest.Item]:
    chance = random.Random(f"{os.environ[_SEED]} {product[0].nodeid.partition('[')[0]}")
    kept = chance.sample(range(len(product)), min(keep, len(product)))
    return [item for place, item in enumerate(product) if place not in kept]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    counts = {name: len(terminalreporter.stats.get(name, ())) for name in _ENDS}
    if _whole(config) and sum(counts.values()) == config.stash.get(_WHOLE, 0):
        LAST.write_text(json.dumps({**counts, "on": f"{datetime.now(UTC):%Y-%m-%d}"}) + "\n")
    terminalreporter.write_line(f"make proof, last: {_last()}")
    terminalreporter.write_line(f"samples of this run: {_SEED}={os.environ[_SEED]}")


def _whole(config: pytest.Config) -> bool:
    """Whether every product was asked for: of a part of them nothing is kept."""
    everywhere = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return everywhere and bool(config.getoption("--proof"))


def _last() -> str:
    if not LAST.exists():
        return "never run"
    last = json.loads(LAST.read_text())
    return "{passed} passed, {failed} failed, {error} broken on {on}".format(**last)
