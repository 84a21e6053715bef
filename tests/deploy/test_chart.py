"""The chart renders, and the tests' own renderer says the same as Helm where both are at hand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.platform.intake import FILE, REGISTER
from tests.deploy import chart
from tests.deploy.described import DEPLOY
from tests.deploy.go_templates import NotRendered, rendered
from tests.support.said import Say

OTHERWISE: dict[str, Any] = {
    "image": "registry.example.org/tradewindow@sha256:0f",
    "pull_secrets": ["registry", "other"],
    "database": {"url": "postgresql://db.example.org/w", "tls": "verify-ca"},
    "engine": {"tls": False},
    "callers": {"host": "w.example.org"},
    "services": {"registry": {"api": {"most": 9}}},
}


@pytest.mark.parametrize("values", [{}, OTHERWISE], ids=["own", "otherwise"])
def test_both_renderers_say_the_same(values: dict[str, Any], say: Say) -> None:
    say(f"the chart is rendered by {chart.renderer()}")
    own = chart.by_own(values)
    if chart.helm() is not None:
        assert _by_name(own) == _by_name(chart.by_helm(values))
        chart.run_helm("lint", "--strict", str(chart.CHART))


def test_what_a_deployment_says_of_itself_is_rendered() -> None:
    found = _by_name(chart.documents(OTHERWISE))
    pod = found["Deployment", "registry"]["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "registry"}, {"name": "other"}]
    assert pod["containers"][0]["image"] == OTHERWISE["image"]
    assert found["HorizontalPodAutoscaler", "registry"]["spec"]["maxReplicas"] == 9
    told = found["ConfigMap", "tradewindow-callers"]["data"]
    assert told["PUBLIC_ORIGIN"] == "https://w.example.org"
    assert set(found["ConfigMap", "tradewindow-engine"]["data"]) == {
        *("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"),
    }


def test_what_a_service_takes_the_doors_before_it_let_through() -> None:
    """And an operator names the class of the door."""
    door = _by_name(chart.documents({"callers": {"ingress_class": "own"}}))[
        "Ingress", "tradewindow"
    ]
    said = door["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    (gateway,) = re.findall(r"client_max_body_size (\w+);", (DEPLOY / "gateway.conf").read_text())
    for most in (said, gateway):
        assert int(most.removesuffix("m")) * 1024 * 1024 > max(FILE.size, REGISTER.size)
    assert door["spec"]["ingressClassName"] == "own"


def test_what_is_told_otherwise_starts_those_anew_who_are_told_it() -> None:
    before, after = (_told(values) for values in ({}, {"callers": {"audience": "other"}}))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if not name.endswith("-worker")} - {"relay"}


def test_an_issuer_in_the_cluster_is_reached_in_its_namespace_alone() -> None:
    found = _by_name(chart.documents({"sign_in": {"namespace": "identity"}}))
    _, issuer = found["NetworkPolicy", "screens"]["spec"]["egress"]
    (place,) = issuer["to"]
    assert place["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "identity"}
    told = found["ConfigMap", "tradewindow-screens"]["data"]
    assert told["INTERFACE_URL"] == "http://{service}:8080"
    assert told["PORTAL_CLIENT_ID"] == "tradewindow-portal"
    assert "DATABASE_URL" not in told


def test_the_migration_comes_before_everything_and_needs_nothing_of_it() -> None:
    found = chart.documents()
    hooks = {
        (d["kind"], d["metadata"]["name"]): d["metadata"]["annotations"]
        for d in found
        if "helm.sh/hook" in d["metadata"].get("annotations", {})
    }
    job, told = hooks["Job", "migrate"], hooks["ConfigMap", "tradewindow-migration"]
    assert len(hooks) == 2
    assert int(told["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])
    assert {h["helm.sh/hook"] for h in hooks.values()} == {"pre-install,pre-upgrade"}
    assert {h["helm.sh/hook-delete-policy"] for h in hooks.values()} == {"before-hook-creation"}
    pod = _by_name(found)["Job", "migrate"]["spec"]["template"]["spec"]
    assert "serviceAccountName" not in pod
    assert pod["containers"][0]["envFrom"] == [{"configMapRef": {"name": "tradewindow-migration"}}]


def test_a_service_is_one_line_of_values(tmp_path: Path) -> None:
    folder = tmp_path / "chart"
    shutil.copytree(chart.CHART, folder)
    values = (folder / "values.yaml").read_text()
    line = next(li for li in values.splitlines() if li.startswith("  registry: {api: {"))
    added = line.replace("registry", "ferry")
    (folder / "values.yaml").write_text(values.replace(line, f"{line}\n{added}"))
    new = set(_by_name(chart.documents(chart=folder))) - set(_by_name(chart.documents()))
    assert {name for _, name in new} == {"ferry"}
    assert "Deployment" in {kind for kind, _ in new}


def said(text: str, **given: Any) -> str:
    return rendered({"one": text}, given)["one"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {{- /* why */}} b", "a b"),
        ("{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}", "a=1;b=2;"),
        ("{{ range $v := .l }}{{ $v }}{{ end }}", "xy"),
        ("{{ if .no }}1{{ else if .m }}2{{ else }}3{{ end }}", "2"),
        ("{{ $a := .m.a }}{{ if .m }}{{ $a := 7 }}{{ $a }}{{ end }}{{ $a }}", "71"),
        (
            '{{ define "t" }}<{{ .x | quote }}>{{ end }}{{ include "t" (dict "x" 80) }}',
            '<"80">',
        ),
        ("x:\n  {{- .t | nindent 2 }}", "x:\n  one\n  two"),
        ("{{ {a: {{ .m.a }}} }}", None),
        ("{a: {{ .m.a }}}", "{a: 1}"),
    ],
)
def test_the_known_part_of_gos_templates(text: str, expected: str | None) -> None:
    given = {"m": {"b": 2, "a": 1}, "l": ["x", "y"], "no": "", "t": "one\ntwo"}
    if expected is None:
        with pytest.raises(NotRendered):
            said(text, **given)
    else:
        assert said(text, **given) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ .m | toYaml }}",
        "{{ with .m }}{{ end }}",
        "{{ range .l }}{{ end }}",
        "{{ if .l }}",
        "{{ end }}",
        "{{ .m }}",
        "{{ .missing }}",
        "{{ .n.deep }}",
        "{{ .big }}",
        "{{ $nobody }}",
        '{{ include "nobody" . }}',
        '{{ printf "%d" 3 }}',
        "{{ (.n }}",
        "{{ .n 3 }}",
        "{{ .n | .n }}",
    ],
)
def test_what_is_not_known_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(NotRendered):
        said(text, m={"a": 1}, l=["x"], n="text", big=1_000_000)


def _by_name(documents: chart.Documents) -> dict[tuple[str, str], Any]:
    found = {(d["kind"], d["metadata"]["name"]): d for d in documents}
    assert len(found) == len(documents)
    return found


def _told(values: dict[str, Any]) -> dict[str, str]:
    return {
        d["metadata"]["name"]: d["spec"]["template"]["metadata"]["annotations"]["tradewindow/told"]
        for d in chart.documents(values)
        if d["kind"] == "Deployment"
    }
