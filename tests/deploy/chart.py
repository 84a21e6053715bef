"""The chart, rendered: by Helm where its binary is at hand, else by the tests' own renderer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploy.go_templates import rendered

CHART: Final = Path(__file__).resolve().parents[2] / "deploy" / "chart"
RELEASE: Final = "tradewindow"
KUBERNETES: Final = "1.32.0"
"""The oldest version that the chart takes."""
Values = Mapping[str, Any]
Documents = list[dict[str, Any]]


@cache
def helm() -> str | None:
    """Helm's binary: the one that `make helm` built beside this Python, else one on the path."""
    return shutil.which("helm", path=str(Path(sys.executable).parent)) or shutil.which("helm")


def renderer() -> str:
    """Which of the two renders the chart in this run."""
    if helm() is None:
        return "the tests' own renderer (no helm at hand; `make helm` builds it where Go is)"
    return f"helm {run_helm('version', '--short').strip()}, and the tests' own renderer beside it"


def documents(values: Values | None = None, *, chart: Path = CHART) -> Documents:
    """Every document of the chart, by the renderer of this run.

    Parameters
    ----------
    values
        What differs from the chart's own values.
    chart
        Its folder.
    """
    return by_helm(values, chart=chart) if helm() else by_own(values, chart=chart)


def by_helm(values: Values | None = None, *, chart: Path = CHART) -> Documents:
    """As ``documents``, by Helm."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(dict(values or {}), file)
        file.flush()
        words = ("--namespace", RELEASE, "--kube-version", KUBERNETES, "--values", file.name)
        return _read(run_helm("template", RELEASE, str(chart), *words))


def by_own(values: Values | None = None, *, chart: Path = CHART) -> Documents:
    """As ``documents``, by the tests' own renderer."""
    own = yaml.safe_load((chart / "values.yaml").read_text())
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    templates = {f.name: f.read_text() for f in sorted((chart / "templates").iterdir())}
    given = {
        "Values": _over(own, values or {}),
        "Release": {"Name": RELEASE, "Namespace": RELEASE},
        "Chart": {"Name": about["name"], "AppVersion": about["appVersion"]},
    }
    return _read("\n---\n".join(rendered(templates, given).values()))


def run_helm(*words: str) -> str:
    """What Helm says. It is given no home: it reads nothing of this machine's."""
    binary = helm()
    assert binary is not None
    with tempfile.TemporaryDirectory() as home:
        told = {"PATH": os.environ["PATH"], "HOME": home}
        done = subprocess.run([binary, *words], env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read(text: str) -> Documents:
    # By libyaml, as every module of descriptions reads the chart while tests are collected.
    return [found for found in yaml.load_all(text, yaml.CSafeLoader) if found is not None]


def _over(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values over the chart's own, map by map."""
    return {
        **own,
        **{
            name: _over(own[name], value)
            if isinstance(value, Mapping) and isinstance(own.get(name), Mapping)
            else value
            for name, value in given.items()
        },
    }
