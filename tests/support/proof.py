"""A product of cases too large for every run: a seeded sample of it.

Whole in ``make proof`` are those marked ``proof``, of which ``make test`` takes a sample: so many
of the cases, or in every case so many of the values that are tried there. Of what asks the servers
``make check`` takes a sample throughout: of such modules every seventh, each in its turn, so that
whoever runs it every day of a week has run them all; of a module its first tests, which say what
its subject does, with some of the others, and of every product some cases. Whoever names modules
has those. The seed is the day, so that a week of runs tries a good part; a run says which it was,
and ``PROOF_SEED`` makes the same sample again.
"""

from __future__ import annotations

import json
import os
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import pytest

from tests.support.beside import official_schemas_left_out, official_schemas_said

LAST: Final = Path(__file__).parents[1] / "proof.json"
"""What ``make proof`` found when it ran last; kept with the code that it was run on."""
_SEED: Final = "PROOF_SEED"
_EVERYDAY_KEEPS: Final = 2
"""Cases of a product that asks the servers, in the everyday run."""
_EVERYDAY_FIRST: Final = 3
_EVERYDAY_OTHERS: Final = 2
"""Tests of a module that ask the servers, in the everyday run: at its head, and of the others."""
_TURNS: Final = 7
"""Days after which every module that asks the servers has been in an everyday run."""
_ENDS: Final = ("passed", "failed", "error")
_BEYOND: Final = "beyond the samples"
_ANOTHER_DAY: Final = "in modules of another day"
_NAMED: Final = "named"
_WHOLE: Final = pytest.StashKey[int]()
_NEVER_MADE: Final = pytest.StashKey[int]()
"""How many cases are beyond a sample and were not even made."""
_LEFT: Final = pytest.StashKey[dict[str, int]]()
"""How many tests this run leaves out, by why."""
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
    parser.addoption("--everyday", action="store_true", help="nothing slow, of the rest a sample")


def pytest_configure(config: pytest.Config) -> None:
    # Set before the workers start, so that all of them choose alike.
    os.environ.setdefault(_SEED, str(date.today().toordinal()))
    config.stash[_NEVER_MADE] = 0


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Of what is sampled, the sample alone is made: the others' making would cost each worker as
    much time as all that it collects besides."""
    if any("[" in asked for asked in metafunc.config.args):
        return  # Whoever names a case has it.
    keep, cases = _keeps(metafunc.definition, metafunc.config), metafunc._calls
    if keep is not None and len(cases) > keep:
        metafunc.config.stash[_NEVER_MADE] += len(cases) - keep
        kept = _sample(len(cases), keep, metafunc.definition.nodeid)
        cases[:] = [cases[place] for place in kept]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    products: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        products[item.nodeid.partition("[")[0]].append(item)
    gone = {item for product in products.values() for item in _left_out(product, config)}
    another_day = set[pytest.Item]()
    if config.getoption("--everyday"):
        if _unnamed(config):
            another_day.update(of_another_day(item for item in items if item not in gone))
            gone |= another_day
        gone.update(_beyond_a_sample_of_each_module(item for item in items if item not in gone))
    config.stash[_WHOLE] = len(items) - len(gone)
    left = Counter(_why_left_out(item, config) for item in gone - another_day)
    left[_ANOTHER_DAY] = len(another_day)
    left[_BEYOND] += config.stash[_NEVER_MADE]
    config.stash[_LEFT] = dict(+left)
    if gone:
        config.hook.pytest_deselected(items=[item for item in items if item in gone])
        items[:] = [item for item in items if item not in gone]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    # A worker is told what to collect in either case.
    node.workerinput[_NAMED] = not _unnamed(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    # Whoever spreads the tests over workers collects none himself.
    node.config.stash[_WHOLE] = len(ids)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # All workers collect and leave out the same.
    node.config.stash[_LEFT] = getattr(node, "workeroutput", {}).get("left_out", {})


def _why_left_out(item: pytest.Item, config: pytest.Config) -> str:
    if config.getoption("--proof"):
        return "no product"
    if config.getoption("--everyday") and item.get_closest_marker("slow"):
        return "slow"
    return _BEYOND


def _left_out(product: list[pytest.Item], config: pytest.Config) -> list[pytest.Item]:
    """What this kind of run leaves out of a test's cases."""
    if config.getoption("--proof"):
        return [] if product[0].get_closest_marker("proof") else product
    if config.getoption("--everyday") and product[0].get_closest_marker("slow"):
        return product
    keep = _keeps(product[0], config)
    return _all_but_a_sample(product, keep) if keep is not None else []


def _keeps(test: pytest.Item, config: pytest.Config) -> int | None:
    """How many of a test's cases this kind of run takes; None where it takes all of them."""
    proof = test.get_closest_marker("proof")
    if config.getoption("--proof"):
        return None
    if config.getoption("--everyday"):
        sampled = _asks_the_servers(test) and not test.get_closest_marker("slow")
        return _EVERYDAY_KEEPS if sampled else None
    # Without a number every case is there, and takes a sample of its own.
    return int(proof.kwargs["keep"]) if proof and proof.kwargs else None


def of_another_day(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """What asks the servers in modules whose turn it is not."""
    modules: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if _asks_the_servers(item):
            modules[item.nodeid.partition("::")[0]].append(item)
    seed = os.environ[_SEED]
    day = int(seed) if seed.isdecimal() else zlib.crc32(seed.encode())
    for place, module in enumerate(sorted(modules)):
        if (place + day) % _TURNS:
            yield from modules[module]


def _beyond_a_sample_of_each_module(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    modules: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if _asks_the_servers(item):
            test = item.nodeid.partition("[")[0]
            modules[test.partition("::")[0]][test].append(item)
    for tests in modules.values():
        others = [product[0] for product in list(tests.values())[_EVERYDAY_FIRST:]]
        if others:
            for left in _all_but_a_sample(others, _EVERYDAY_OTHERS):
                yield from tests[left.nodeid.partition("[")[0]]


def _asks_the_servers(item: pytest.Item) -> bool:
    """Every fixture that starts from the servers has theirs among its own."""
    return "stack" in getattr(item, "fixturenames", ())


def _all_but_a_sample(product: list[pytest.Item], keep: int) -> list[pytest.Item]:
    kept = _sample(len(product), keep, product[0].nodeid.partition("[")[0])
    return [item for place, item in enumerate(product) if place not in kept]


def _sample(whole: int, keep: int, test: str) -> list[int]:
    """The places of those that are kept, in their order."""
    chance = random.Random(f"{os.environ[_SEED]} {test}")
    return sorted(chance.sample(range(whole), min(keep, whole)))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    counts = {name: len(terminalreporter.stats.get(name, ())) for name in _ENDS}
    if _whole(config) and sum(counts.values()) == config.stash.get(_WHOLE, 0):
        LAST.write_text(json.dumps({**counts, "on": f"{datetime.now(UTC):%Y-%m-%d}"}) + "\n")
    left = config.stash.get(_LEFT, {})
    told = [f"{left[why]} {why}" for why in sorted(left)]
    told += ["every screen (slow)"] if config.getoption("--everyday") else []
    told += [*_skipped(terminalreporter.stats.get("skipped", ())), *official_schemas_left_out()]
    terminalreporter.write_line(f"left out of this run: {', '.join(told) or 'nothing'}")
    terminalreporter.write_line(f"official ISO 20022 schemas: {official_schemas_said()}")
    terminalreporter.write_line(f"make proof, last: {_last()}")
    terminalreporter.write_line(f"samples of this run: {_SEED}={os.environ[_SEED]}")


def _skipped(reports: Iterable[Any]) -> list[str]:
    """How many tests skipped themselves, by the reason that they gave."""
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)
    return [f"{reasons[why]} skipped ({why})" for why in sorted(reasons)]


def _whole(config: pytest.Config) -> bool:
    """Whether every product was asked for: of a part of them nothing is kept."""
    return _unnamed(config) and bool(config.getoption("--proof"))


def _unnamed(config: pytest.Config) -> bool:
    """Whether nobody said which tests he wants."""
    if hasattr(config, "workerinput"):
        return not config.workerinput[_NAMED]
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS


def _last() -> str:
    if not LAST.exists():
        return "never run"
    last = json.loads(LAST.read_text())
    return "{passed} passed, {failed} failed, {error} broken on {on}".format(**last)
