"""The report of a day: what was accepted and refused, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo.day import Day
from deploy.demo.lots import LotRun


@dataclass
class Outcome:
    """Everything that the play of a day found out."""

    day: Day
    runs: Sequence[LotRun]
    settled_minor: int = 0
    settlements: Counter[str] = field(default_factory=Counter)
    inspections: Counter[str] = field(default_factory=Counter)
    balances: Sequence[Mapping[str, Any]] = ()
    book: Mapping[str, Any] = field(default_factory=dict)
    certificate: str | None = None
    verified: Mapping[str, Any] = field(default_factory=dict)
    wall_seconds: float = 0.0


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The report: ``summary``, ``lots`` and what was added."""
    return {
        "summary": _summary(outcome),
        "lots": [_lot(run) for run in outcome.runs],
        "lanes": dict(sorted(Counter(r.lane for r in outcome.runs if r.lane).items())),
        "states": dict(sorted(Counter(r.states[-1] for r in outcome.runs if r.states).items())),
        "seconds_to_release": _release_times(outcome.runs),
        "inspections": dict(sorted(outcome.inspections.items())),
        "settlements": dict(sorted(outcome.settlements.items())),
        "settled_cny": str(Decimal(outcome.settled_minor) / 100),
        "balances": list(outcome.balances),
        "e_book": dict(outcome.book),
        "certificate": outcome.certificate,
        "verified": dict(outcome.verified),
        "wall_seconds": round(outcome.wall_seconds, 1),
    }


def _summary(outcome: Outcome) -> dict[str, Any]:
    accepted = [r for r in outcome.runs if r.accepted]
    refused = Counter(code for r in outcome.runs for code in r.codes)
    return {
        "lots": len(outcome.runs),
        "tickets": sum(r.tickets for r in outcome.runs),
        "residents": len(outcome.day.residents),
        "groups": len(outcome.day.groups),
        "accepted_lots": len(accepted),
        "accepted_tickets": sum(r.tickets for r in accepted),
        "accepted_value_cny": str(
            sum((Decimal(r.row["value"]) for r in accepted), Decimal("0.00"))
        ),
        "accepted_net_kg": _plain(sum((r.net_kg for r in accepted), Decimal(0))),
        "refused_by_code": dict(refused),
    }


def _lot(run: LotRun) -> dict[str, Any]:
    return {
        "lot_ref": run.row["lot_ref"],
        "tickets": run.tickets,
        "value": str(run.value),
        "net_kg": _plain(run.net_kg),
        "perishable": run.row["perishable"] == "1",
        "outcome": "ACCEPTED" if run.accepted else "REFUSED",
        "codes": run.codes,
        "lane": run.lane,
        "states": run.states,
    }


def _plain(value: Decimal) -> str:
    """Without trailing zeros and never in exponents."""
    return f"{value.normalize():f}"


def _release_times(runs: Sequence[LotRun]) -> dict[str, float]:
    times = sorted(r.seconds_to_release for r in runs if r.seconds_to_release is not None)
    if not times:
        return {}
    return {
        name: round(times[min(len(times) - 1, int(share * len(times)))], 3)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def show(outcome: Outcome, console: Console) -> None:
    """The report for a person."""
    report = as_json(outcome)
    summary = report["summary"]
    table = Table(title=f"Border market day {outcome.day.business_on}", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    times = report["seconds_to_release"]
    refused = ", ".join(f"{code} {n}" for code, n in sorted(summary["refused_by_code"].items()))
    rows = {
        "Lots declared": f"{summary['lots']} with {summary['tickets']} tickets",
        "Accepted": f"{summary['accepted_lots']} lots, {summary['accepted_tickets']} tickets,"
        f" {Decimal(summary['accepted_value_cny']):,} CNY, {summary['accepted_net_kg']} kg",
        "Refused": refused or "none",
        "Lanes": _counted(report["lanes"]),
        "Time to release": f"p50 {times.get('p50', 0)} s, p95 {times.get('p95', 0)} s",
        "Inspections": _counted(report["inspections"]) or "none",
        "Settlements": f"{_counted(report['settlements'])}; {Decimal(report['settled_cny']):,} CNY",
        "Ledger": _balances(outcome.balances),
        "Factory e-book": _counted(report["e_book"]),
        "Certificate": outcome.certificate or "none",
        "Lots now": _counted(report["states"]),
        "Verified": _counted(report["verified"]),
        "Wall time": f"{report['wall_seconds']} s",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def _counted(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _balances(balances: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{b['account']} {b['amount']} {b['currency']}" for b in balances)
