"""Every measure in its turn, then the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console

from deploy.bench.disk import fdatasync_per_s
from deploy.bench.dongxing import dongxing_day
from deploy.bench.figures import Figures
from deploy.bench.ground import Ground, ground
from deploy.bench.growth import growth_1m_vs_10k
from deploy.bench.intake import submit_vs_floor
from deploy.bench.lots import counts_10_vs_1000, lot266_vs_lot1
from deploy.bench.release import single_vs_empty_workflow
from deploy.data_directory import LocalError
from services.platform.telemetry import configure_logging

Measure: TypeAlias = Callable[[Ground, Figures, int], None]

# Those that submit without a relay come last: what they leave in the outbox would be delivered
# to the cases that the others time.
ON_COMMON_GROUND: Final[dict[str, Measure]] = {
    "counts_10_vs_1000": counts_10_vs_1000,
    "lot266_vs_lot1": lot266_vs_lot1,
    "single_vs_empty_workflow": single_vs_empty_workflow,
    "submit_vs_floor": submit_vs_floor,
    "growth_1m_vs_10k": growth_1m_vs_10k,
}
DAY: Final = "dongxing_day"


def measure(json: Path | None, only: str | None, rounds: int) -> int:
    """Measure all, or one by its name; print, and write if asked to."""
    names = [*ON_COMMON_GROUND, DAY]
    if only is not None and only not in names:
        raise LocalError(f"There is no measure {only!r}; there are {', '.join(names)}.")
    if rounds < 1:
        raise LocalError("At least one round is needed; five tell a spread.")
    configure_logging("ERROR", service="bench")
    console = Console()
    figures = Figures()
    chosen = [only] if only else names
    _on_common_ground([n for n in chosen if n in ON_COMMON_GROUND], figures, rounds, console)
    if DAY in chosen:
        console.print(DAY)
        dongxing_day(figures)
    figures.print(console)
    if json is not None:
        json.write_text(figures.text())
        console.print(f"Figures written to {json}")
    return 0


def _on_common_ground(names: list[str], figures: Figures, rounds: int, console: Console) -> None:
    if not names:
        return
    console.print("Starting servers and filing the bench's people")
    with ground() as here:
        fdatasync_per_s(here.home, figures)
        for name in names:
            console.print(name)
            ON_COMMON_GROUND[name](here, figures, rounds)
