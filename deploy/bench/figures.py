"""What the bench found: ratios and absolute figures, each over its rounds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Target:
    """What a ratio is to be, and what it says."""

    meaning: str
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        if self.least is not None and self.least == self.most:
            return f"= {self.least:g}"
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"

    def met(self, value: float) -> bool:
        """Whether a median is as it is to be."""
        above = self.least is None or value >= self.least
        return above and (self.most is None or value <= self.most)


TARGETS: Final = {
    "flow_vs_empty_inspected": Target("an inspected flow ÷ an empty case, in CPU time", most=12),
    "flow_vs_empty_green": Target("a green flow ÷ an empty case, in CPU time", most=12),
    "settlement_vs_empty": Target("quote to settled ÷ an empty case, in CPU time", most=4),
    "decision_vs_transaction": Target("answer to a countersignature ÷ to a bare insert", most=3),
    "day_vs_empty": Target("a market day's CPU time ÷ as many empty cases as it opens", most=2.5),
    "hostile_vs_alone": Target("p99 of a read beside a hostile client ÷ alone", most=5),
    "submit_vs_floor": Target("submits per second ÷ bare acceptance statements", least=0.22),
    "submit_p99_vs_median": Target("p99 ÷ median of a submit at 60 % of that load", most=10),
    "single_vs_empty_workflow": Target("green declarations per second ÷ empty cases", least=0.75),
    "lot266_vs_lot1": Target("submit to release: a lot of 266 tickets ÷ of one", most=2),
    "growth_1m_vs_10k": Target("median submit with 1,000,000 tickets stored ÷ 10,000", most=1.2),
    "work_list_1m_vs_1k": Target("a page of work, 1,000,000 cases stored ÷ 1,000", most=1.2),
    "stream_batch_1m_vs_1k": Target("a stream's batch, 1,000,000 cases stored ÷ 1,000", most=1.2),
    "screening_10k_vs_none": Target("screening beside 10,000 controls ÷ beside none", most=1.3),
    "sealing_vs_submit": Target("sealing a lot's head ÷ submitting it, in CPU time", most=0.05),
    "home_first_vs_60_kb": Target("a resident's home, first visit, over the wire ÷ 60 KB", most=1),
    "home_after_vs_15_kb": Target("a resident's home, next visit, over the wire ÷ 15 KB", most=1),
    "home_requests_vs_3": Target("what that page asks of the services ÷ 3 requests", most=1),
    "inbox_vs_api": Target("an inbox over 100,000 open cases ÷ the same read by API", most=3),
    "gate_vs_api": Target("the gate's page ÷ the read that it makes", most=3),
    "lots_by_file_vs_post": Target("lots of 27 by file ÷ by POST, both to accepted", least=0.7),
    "live_vs_streams": Target("twenty live pages at five events a second ÷ streams", most=2),
    "statements_10_vs_1000": Target("SQL statements of a lot: 1,000 tickets ÷ 10", 1, 1),
    "events_10_vs_1000": Target("history events of a lot: 1,000 tickets ÷ 10", 1, 1),
}


@dataclass(frozen=True)
class Spread:
    """One figure over its rounds."""

    values: Sequence[float]

    def as_json(self) -> dict[str, Any]:
        """Median, least, most and how many rounds."""
        return {
            "median": round(median(self.values), 4),
            "min": round(min(self.values), 4),
            "max": round(max(self.values), 4),
            "rounds": len(self.values),
        }


@dataclass
class Figures:
    """Filled round by round by the measures, printed and written at the end."""

    _ratios: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _absolute: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, name: str, value: float) -> None:
        """One round of a ratio."""
        if name not in TARGETS:
            raise KeyError(name)
        self._ratios[name].append(value)

    def absolute(self, name: str, value: float) -> None:
        """One round of a figure of this machine; its name ends with its unit."""
        self._absolute[name].append(value)

    def as_json(self) -> dict[str, Any]:
        """``{"ratios": {name: {median, min, max, rounds}}, "absolute": {…}}``."""
        return {
            "ratios": {name: Spread(v).as_json() for name, v in self._ratios.items()},
            "absolute": {name: Spread(v).as_json() for name, v in self._absolute.items()},
        }

    def text(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n"

    def print(self, console: Console) -> None:
        """The ratios with their targets, the figures of this machine, and what the ratios say."""
        ratios = _table("ratio", "median", "min", "max", "rounds", "target")
        for name, values in self._ratios.items():
            target = TARGETS[name]
            met = "met" if target.met(median(values)) else "missed"
            ratios.add_row(name, *_cells(values), f"{target} {met}")
        absolute = _table("on this machine", "median", "min", "max", "rounds")
        for name, values in self._absolute.items():
            absolute.add_row(name, *_cells(values))
        for table in (ratios, absolute):
            if table.row_count:
                console.print(table)
        for name in self._ratios:
            console.print(f"{name}: {TARGETS[name].meaning}")


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right")
    return table


def _cells(values: Sequence[float]) -> list[str]:
    shown = (median(values), min(values), max(values))
    return [*(f"{v:,.4g}" if abs(v) < 100 else f"{v:,.0f}" for v in shown), str(len(values))]
