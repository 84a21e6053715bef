"""The dashboard and the alert rules speak of what the code measures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from deploy.operate import backlog
from deploy.operate.waiting import patience
from tests.deploy.described import DEPLOY, PROCESSES, named

METRICS: Final[dict[str, Any]] = {
    metric._name: metric
    for metric in REGISTRY._collector_to_names
    if isinstance(metric, MetricWrapperBase) and metric._name.startswith("tradewindow_")
}
"""Of the house and of its services, all of which the assembly brings."""
OUTSIDE: Final = {"le", "job", "instance"}
PARTS: Final = ("_bucket", "_count", "_sum", "_total", "")


def expressions() -> Iterator[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "tradewindow.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    rules = yaml.safe_load((DEPLOY / "grafana" / "alerts.yaml").read_text())
    yield from (rule["expr"] for group in rules["groups"] for rule in group["rules"])


def metric_of(series: str) -> Any:
    for part in PARTS:
        name = series.removesuffix(part) if part else series
        if name in METRICS:
            return METRICS[name]
    return None


@pytest.mark.parametrize("expression", list(expressions()))
def test_dashboard_and_alerts_name_metrics_and_labels_that_exist(expression: str) -> None:
    series = set(re.findall(r"tradewindow_\w+", expression))
    assert series or "up{" in expression
    assert [name for name in series if metric_of(name) is None] == []
    known = OUTSIDE.union(*(metric_of(name)._labelnames for name in series))
    matched = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expression)
    grouped = re.findall(r"by \(([^)]*)\)", expression)
    used = {*matched, *(label.strip() for labels in grouped for label in labels.split(","))}
    assert used <= known


def test_dashboard_shows_every_metric_of_the_code() -> None:
    shown = {
        metric_of(name)._name for e in expressions() for name in re.findall(r"tradewindow_\w+", e)
    }
    assert shown == set(METRICS)


def test_every_kind_of_the_backlog_has_an_alert_after_as_long_as_the_doctor_says_it_may_wait() -> (
    None
):
    own = {
        kind: float(limit)
        for expression in expressions()
        for matched, limit in re.findall(
            r'backlog_age_seconds\{kind=~?"([^"]+)"\}\) > (\d+)', expression
        )
        for kind in matched.split("|")
    }
    (together,) = [e for e in expressions() if "tradewindow_backlog_patience_seconds" in e]
    (without,) = re.findall(r'\{kind!~"([^"]+)"\}', together)
    assert set(without.split("|")) == set(own)
    assert set(own) < set(backlog.KINDS)
    assert own == {kind: patience(kind) for kind in own}


def test_operations_say_what_to_do_at_every_alert() -> None:
    rules = yaml.safe_load((DEPLOY / "grafana" / "alerts.yaml").read_text())
    names = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    page = (DEPLOY.parent / "docs" / "guide" / "operations.md").read_text()
    assert [name for name in names if f"**{name}.**" not in page] == []


@pytest.mark.parametrize("file", ["prometheus.yaml", "prometheus.kubernetes.yaml"])
def test_the_processes_are_measured_under_the_job_that_the_alerts_name(file: str) -> None:
    measured = yaml.safe_load((DEPLOY / "grafana" / file).read_text())
    jobs = {job["job_name"]: job for job in measured["scrape_configs"]}
    alerts = (DEPLOY / "grafana" / "alerts.yaml").read_text()
    assert set(re.findall(r'job="([^"]+)"', alerts)) <= set(jobs)
    targets = jobs["tradewindow"].get("static_configs", [{"targets": ()}])[0]["targets"]
    assert {target.partition(":")[0] for target in targets} in (set(), set(PROCESSES))


def test_every_pod_that_is_measured_says_where() -> None:
    read = (DEPLOY / "grafana" / "prometheus.kubernetes.yaml").read_text()
    asked = set(re.findall(r"pod_annotation_(prometheus_io_\w+)", read))
    for deployment in named("Deployment").values():
        said = deployment["spec"]["template"]["metadata"]["annotations"]
        assert {re.sub(r"\W", "_", name) for name in said} >= asked
        assert said["prometheus.io/scrape"] == "true"


def test_no_dashboard_wants_a_data_source_of_a_certain_name() -> None:
    board = json.loads((DEPLOY / "grafana" / "tradewindow.json").read_text())
    (chosen,) = [v for v in board["templating"]["list"] if v["type"] == "datasource"]
    used = re.findall(
        r'"datasource": \{"type": "prometheus", "uid": "([^"]+)"\}', json.dumps(board)
    )
    assert set(used) == {f"${{{chosen['name']}}}"}
