"""What the descriptions for real servers say, read as each process of the code would meet it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploy import chart
from tests.deploy.commands import COMMANDS

DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"
PROCESSES: Final = COMMANDS
GRACE_OF_THE_CODE_S: Final = 10
OF_THE_WEB_SERVER: Final = {"FORWARDED_ALLOW_IPS"}
OF_THE_DRIVER: Final = {"PGSSLMODE", "PGSSLROOTCERT"}
"""What asyncpg itself reads from the environment."""
OF_THE_CLIENT: Final = {
    *("TEMPORAL_SERVER_CA", "TEMPORAL_SERVER_NAME", "TEMPORAL_CLIENT_CERT", "TEMPORAL_CLIENT_KEY"),
}
"""What the engine's client needs for a connection on which each side is checked."""
OF_EACH: Final = {"SECRETS_FILE", "HTTP_HOST", "HTTP_PORT", "LOG_LEVEL"}
LET_OUT: Final = ("documents", "notices", "window")
"""Services whose processes reach addresses outside."""
OF_A_STORE: Final = {"DOCUMENTS_STORE", "DOCUMENTS_ENDPOINT", "DOCUMENTS_REGION"}
OF_THE_SCREENS: Final = {"INTERFACE_URL", "OIDC_METADATA", "PORTAL_CLIENT_ID"}
OF_CALLERS: Final = {
    *("OIDC_ISSUER", "OIDC_AUDIENCE", "JWKS_FILE", "PUBLIC_ORIGIN"),
    *OF_THE_WEB_SERVER,
}


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


@cache
def compose_tls() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.tls.yaml").read_text())
    return loaded


@cache
def _resources() -> tuple[dict[str, Any], ...]:
    return tuple(chart.documents())


def resources(kind: str | None = None) -> Iterator[dict[str, Any]]:
    for resource in _resources():
        if kind in (None, resource["kind"]):
            yield resource


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {resource["metadata"]["name"]: resource for resource in resources(kind)}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("Deployment", "Job"):
        for name, resource in named(kind).items():
            yield name, resource["spec"]["template"]["spec"]


def told_in_compose(process: str) -> dict[str, str]:
    """The environment of a process, over TLS where it goes to the record."""
    over_tls = compose_tls()["services"].get(process, {"environment": {}})
    return {**compose()["services"][process]["environment"], **over_tls["environment"]}


def told_in_kubernetes(process: str) -> dict[str, str]:
    container = dict(pods())[process]["containers"][0]
    maps = [source["configMapRef"]["name"] for source in container["envFrom"]]
    told: dict[str, str] = {}
    for name in maps:
        told |= named("ConfigMap")[name]["data"]
    return told | {one["name"]: one["value"] for one in container.get("env", ())}


def destinations(process: str) -> set[str]:
    """Where the policies let a pod of this process go: namespaces, blocks of addresses, and of our
    own pods what they are."""
    found = set()
    for policy in named("NetworkPolicy").values():
        if "Egress" in policy["spec"]["policyTypes"] and concerns(policy, labels_of(process)):
            for rule in policy["spec"].get("egress", ()):
                found |= {destination(to) for to in rule["to"]}
    return found


def destination(to: dict[str, Any]) -> str:
    if "ipBlock" in to:
        return str(to["ipBlock"]["cidr"])
    if "namespaceSelector" not in to:
        return str(to["podSelector"]["matchLabels"]["app.kubernetes.io/component"])
    return str(to["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"])


def labels_of(process: str) -> dict[str, str]:
    workloads = {**named("Deployment"), **named("Job")}
    labels: dict[str, str] = workloads[process]["spec"]["template"]["metadata"]["labels"]
    return labels


def concerns(policy: dict[str, Any], labels: dict[str, str]) -> bool:
    selector = policy["spec"]["podSelector"]
    one_of = selector.get("matchExpressions", ())
    assert all(e["operator"] == "In" for e in one_of)
    return all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items()) and all(
        labels.get(e["key"]) in e["values"] for e in one_of
    )


def paths_of(volume: dict[str, Any]) -> set[str]:
    """The names under which a pod sees the files of a volume."""
    if "configMap" in volume:
        assert volume["configMap"] == {"name": "tradewindow-authority"}
        return {"ca.crt"}
    sources = [part for s in volume["projected"]["sources"] for part in s.values()]
    return {item["path"] for part in sources for item in part["items"]}


def mounted(container: dict[str, Any]) -> set[str]:
    """The paths inside a container that its volumes are at."""
    return {volume.split(":")[1] for volume in container.get("volumes", ())}
