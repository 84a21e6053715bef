"""Every case moves by a table: each state with each act is a listed move or a refusal."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest

import services
from services.kernel.refusal import Refused
from services.kernel.states import StateTable


def tables() -> list[tuple[str, StateTable[Any]]]:
    """Every state table of every service, by the module that holds it."""
    found: list[tuple[str, StateTable[Any]]] = []
    for service in pkgutil.iter_modules(services.__path__):
        name = f"services.{service.name}.domain.states"
        try:
            module = import_module(name)
        except ModuleNotFoundError as missing:
            if not name.startswith(missing.name or ""):
                raise
            continue
        found += [
            (f"{service.name}.{variable}", value)
            for variable, value in vars(module).items()
            if isinstance(value, StateTable) and value.moves
        ]
    return found


TABLES = tables()


def acts_of(table: StateTable[Any]) -> set[str]:
    return {act for _, act in table.moves}


def test_the_cases_of_every_service_have_their_tables() -> None:
    owners = {name.partition(".")[0] for name, _ in TABLES}
    cases = {"declaration", "inspection", "accreditation", "settlement", "secondmarket"}
    assert cases | {"processing"} <= owners


@pytest.mark.parametrize(("name", "table"), TABLES, ids=[name for name, _ in TABLES])
def test_every_state_and_act_is_a_move_or_a_refusal(name: str, table: StateTable[Any]) -> None:
    for state in table.every_state():
        for act in sorted(acts_of(table)):
            if (state, act) in table.moves:
                assert table.move(state, act) == table.moves[state, act]
                continue
            with pytest.raises(Refused) as refused:
                table.move(state, act)
            assert refused.value.codes == ("STATE_CONFLICT",)
            assert refused.value.refusals[0].facts["state"] == str(state)


@pytest.mark.parametrize(("name", "table"), TABLES, ids=[name for name, _ in TABLES])
def test_every_state_is_reached_and_every_case_can_end(name: str, table: StateTable[Any]) -> None:
    states = set(table.every_state())
    targets = set(table.moves.values())
    sources = {state for state, _ in table.moves}
    assert len(states - targets) <= 1, "only the first state is entered by no move"
    assert states <= targets | sources
    ends = {state for state in states if table.is_final(state)}
    for start in states:
        assert _reachable(table, start) & ends or not ends


def _reachable(table: StateTable[Any], start: Any) -> set[Any]:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for act in table.acts(here):
            there = table.move(here, act)
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return seen


def test_a_refused_act_names_what_is_possible_now() -> None:
    name, table = TABLES[0]
    state = next(iter(table.moves))[0]
    said = table.conflict(state, "vanish").facts
    assert (said["act"], said["possible"]) == ("vanish", list(table.acts(state))), name


@pytest.mark.parametrize(("name", "table"), TABLES, ids=[name for name, _ in TABLES])
def test_where_nothing_is_possible_it_is_not_said_that_none_is(
    name: str, table: StateTable[Any]
) -> None:
    act = next(iter(acts_of(table)))
    for state in table.every_state():
        says_what = "possible" in table.conflict(state, act).reason.places
        assert says_what is not table.is_final(state), (name, state)
