"""What this machine does, as ratios taken in one run: never bare times alone."""

from __future__ import annotations

from pathlib import Path


def run(*, json: Path | None = None, only: str | None = None, rounds: int = 5) -> int:
    """Measure this machine, as ratios.

    Servers are started as `tradewindow up` starts them, durable, in a directory of their own that
    is removed afterwards. What is compared takes turns, round by round.

    Parameters
    ----------
    json
        Where to write the figures as JSON.
    only
        Some measures, separated by commas: counts_10_vs_1000, lot266_vs_lot1, flow_vs_empty,
        settlement_vs_empty, decision_vs_transaction, hostile_vs_alone, header_reads_1m_vs_1k,
        screening_10k_vs_none, single_vs_empty_workflow, submit_vs_floor, sealing_vs_submit,
        residents_home, screens_vs_api, live_vs_streams, growth_1m_vs_10k, counts_of_a_flow,
        start_to_ready, dongxing_day; all when not given.
    rounds
        How often what is compared takes its turn.
    """
    # Imported late: workflow code of this package is loaded in the sandbox, which loads this file.
    from deploy.bench.measures import measure

    return measure(json, only, rounds)
