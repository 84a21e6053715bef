"""Every measure in its turn, then the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console

from deploy.bench.counts import counts_of_a_flow
from deploy.bench.decision import decision_vs_transaction
from deploy.bench.disk import fdatasync_per_s
from deploy.bench.dongxing import dongxing_day
from deploy.bench.figures import Figures
from deploy.bench.flows import flow_vs_empty, settlement_vs_empty
from deploy.bench.ground import Ground, ground
from deploy.bench.growth import growth_1m_vs_10k
from deploy.bench.headers import header_reads_1m_vs_1k
from deploy.bench.home import residents_home
from deploy.bench.hostile import hostile_vs_alone
from deploy.bench.intake import submit_vs_floor
from deploy.bench.live import live_vs_streams
from deploy.bench.lots import counts_10_vs_1000, lot266_vs_lot1
from deploy.bench.release import single_vs_empty_workflow
from deploy.bench.resume import resume_all_10k
from deploy.bench.screening import screening_10k_vs_none
from deploy.bench.screens import screens_vs_api
from deploy.bench.seals import sealing_vs_submit
from deploy.bench.start import start_to_ready
from deploy.operate.data_directory import LocalError
from services.platform.telemetry import configure_logging

Measure: TypeAlias = Callable[[Ground, Figures, int], None]

# Those that submit without a relay come last: what they leave in the outbox would be delivered
# to the cases that the others time.
ON_COMMON_GROUND: Final[dict[str, Measure]] = {
    "counts_10_vs_1000": counts_10_vs_1000,
    "lot266_vs_lot1": lot266_vs_lot1,
    "flow_vs_empty": flow_vs_empty,
    "settlement_vs_empty": settlement_vs_empty,
    "decision_vs_transaction": decision_vs_transaction,
    "hostile_vs_alone": hostile_vs_alone,
    "header_reads_1m_vs_1k": header_reads_1m_vs_1k,
    "screening_10k_vs_none": screening_10k_vs_none,
    "single_vs_empty_workflow": single_vs_empty_workflow,
    "submit_vs_floor": submit_vs_floor,
    "sealing_vs_submit": sealing_vs_submit,
    "residents_home": residents_home,
    "screens_vs_api": screens_vs_api,
    "live_vs_streams": live_vs_streams,
    "growth_1m_vs_10k": growth_1m_vs_10k,
    "resume_all_10k": resume_all_10k,
}
ON_GROUND_OF_ITS_OWN: Final[dict[str, Callable[[Figures], None]]] = {
    "counts_of_a_flow": counts_of_a_flow,
    "start_to_ready": start_to_ready,
    "dongxing_day": dongxing_day,
}


def measure(json: Path | None, only: str | None, rounds: int) -> int:
    """Measure all, or those named; print, and write if asked to."""
    chosen = measures_named(only)
    if rounds < 1:
        raise LocalError("At least one round is needed; five tell a spread.")
    configure_logging("ERROR", service="bench")
    console = Console()
    figures = Figures()
    try:
        _on_common_ground([n for n in chosen if n in ON_COMMON_GROUND], figures, rounds, console)
        for name in chosen:
            if name in ON_GROUND_OF_ITS_OWN:
                console.print(name)
                ON_GROUND_OF_ITS_OWN[name](figures)
    finally:
        # What was measured before a measure failed took minutes, and is as true as ever.
        figures.print(console)
        if json is not None:
            json.write_text(figures.text())
            console.print(f"Figures written to {json}")
    return 0


def measures_named(only: str | None) -> list[str]:
    """The measures named, in the order in which they are taken. Raises LocalError."""
    names = [*ON_COMMON_GROUND, *ON_GROUND_OF_ITS_OWN]
    if only is None:
        return names
    wanted = {name.strip() for name in only.split(",")}
    if unknown := sorted(wanted - set(names)):
        raise LocalError(f"There is no measure {unknown[0]!r}; there are {', '.join(names)}.")
    return [name for name in names if name in wanted]


def _on_common_ground(names: list[str], figures: Figures, rounds: int, console: Console) -> None:
    if not names:
        return
    console.print("Starting servers and filing the bench's people")
    with ground() as here:
        fdatasync_per_s(here.home, figures)
        for name in names:
            console.print(name)
            ON_COMMON_GROUND[name](here, figures, rounds)
