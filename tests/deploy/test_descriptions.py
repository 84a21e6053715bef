"""The descriptions for real servers: valid by their schemas, and true to the code they start."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from deploy import cli
from deploy.operate import health
from deploy.operate.secret_shares import NEEDS
from services.manifests import manifest, names
from services.platform.settings import Settings
from services.portal.settings import PortalSettings
from tests.deploy.commands import CARRIERS, OF_THE_RECORD
from tests.deploy.described import (
    DEPLOY,
    GRACE_OF_THE_CODE_S,
    LET_OUT,
    OF_A_STORE,
    OF_CALLERS,
    OF_EACH,
    OF_THE_CLIENT,
    OF_THE_DRIVER,
    OF_THE_SCREENS,
    OF_THE_WEB_SERVER,
    PROCESSES,
    compose,
    compose_tls,
    destinations,
    mounted,
    named,
    paths_of,
    pods,
    resources,
    told_in_compose,
    told_in_kubernetes,
)
from workflows import search_attributes

TOLD: Final = [told_in_compose, told_in_kubernetes]


@pytest.mark.parametrize("described", [compose, compose_tls])
def test_compose_follows_the_schema_of_the_compose_specification(
    described: Callable[[], dict[str, Any]],
) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(described())] == []


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.32", kubernetes_validate.latest_version()])
def test_every_kubernetes_resource_follows_the_schema_of_its_version(version: str) -> None:
    checked = 0
    for resource in resources():
        kubernetes_validate.validate(resource, version, strict=True)
        checked += 1
    assert checked > len(PROCESSES)


def test_each_process_of_the_code_is_one_container_of_compose() -> None:
    services = compose()["services"]
    commands = {name: services[name]["command"] for name in PROCESSES}
    assert commands == PROCESSES
    assert services["migrate"]["command"] == ["migrate"]


def test_each_process_of_the_code_is_one_deployment_and_the_migration_a_job() -> None:
    arguments = {
        name: deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        for name, deployment in named("Deployment").items()
    }
    assert arguments == PROCESSES
    assert named("Job")["migrate"]["spec"]["template"]["spec"]["containers"][0]["args"] == [
        "migrate"
    ]


def test_commands_of_the_descriptions_exist() -> None:
    used = {command[0] for command in (*PROCESSES.values(), ["migrate"])}
    assert used <= {*cli.COMMANDS, "migrate"}


@pytest.mark.parametrize("told", TOLD)
def test_environment_of_the_descriptions_is_what_the_settings_read(
    told: Callable[[str], dict[str, str]],
) -> None:
    for process in (*PROCESSES, "migrate"):
        kind = PortalSettings if process == "portal" else Settings
        settings = {name.upper() for name in kind.model_fields}
        assert set(told(process)) - OF_THE_WEB_SERVER - OF_THE_DRIVER <= settings, process


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("process", [*PROCESSES, "migrate"])
def test_only_workers_and_the_relay_are_given_the_engines_address(
    process: str, told: Callable[[str], dict[str, str]]
) -> None:
    of_the_engine = {name for name in told(process) if name.startswith("TEMPORAL")}
    if process in CARRIERS:
        assert of_the_engine == {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", *OF_THE_CLIENT}
    else:
        assert of_the_engine == set()


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("process", [*PROCESSES, "migrate"])
def test_a_process_is_told_of_callers_only_where_it_has_any(
    process: str, told: Callable[[str], dict[str, str]]
) -> None:
    beside = {name for name in told(process) if not name.startswith("TEMPORAL")}
    of_documents = {"PAPER_CERTIFICATES"} | OF_A_STORE
    folder = {"settlement": {"ISO20022_SCHEMAS"}, "documents": of_documents}.get(process, set())
    callers = OF_CALLERS if process in {*names(), "portal"} else set()
    behind = OF_THE_SCREENS if process == "portal" else {"DATABASE_URL"} | OF_THE_DRIVER
    alone = set(manifest(process).told) if process in names() else set()
    assert beside == OF_EACH | behind | callers | folder | alone


def test_only_workers_and_the_relay_are_given_the_engines_key() -> None:
    assert {process for process, needs in NEEDS.items() if "engine_key" in needs} == CARRIERS
    for process in (*OF_THE_RECORD, "migrate"):
        files = mounted(compose_tls()["services"][process])
        assert ("/run/tls/client.key" in files) is (process in CARRIERS), process
        assert ("/run/tls/client.pem" in files) is (process in CARRIERS), process
    holding = {name for name, pod in pods() if "tradewindow-engine-client" in json.dumps(pod)}
    assert holding == CARRIERS


def test_only_workers_and_the_relay_are_given_the_engines_network() -> None:
    services = compose()["services"]
    inside = {name for name, container in services.items() if "engine" in container["networks"]}
    of_the_engine = {"temporal", "temporal-namespace", "temporal-ui"}
    assert inside == CARRIERS | of_the_engine | {"prometheus"}
    # Nobody else is on any network that the engine's server is on, but its own database.
    (ways,) = [set(services["temporal"]["networks"])]
    beside = {name for name, c in services.items() if ways & set(c["networks"])}
    assert beside - inside == {"postgres", "temporal-schema"}


def test_only_workers_and_the_relay_are_let_out_to_the_engine() -> None:
    everybody = {"kube-system", "tradewindow-data"}
    for process in (*OF_THE_RECORD, "migrate"):
        measured = set() if process == "migrate" else {"monitoring"}
        engine = {"temporal"} if process in CARRIERS else set()
        public = {"0.0.0.0/0", "2000::/3"} if process in LET_OUT else set()
        assert destinations(process) == everybody | measured | engine | public, process


def test_the_screens_reach_the_interfaces_and_the_issuer_and_nothing_else() -> None:
    public = {"0.0.0.0/0", "2000::/3"}
    assert destinations("portal") == {"kube-system", "monitoring", "api"} | public
    ways = compose()["services"]["portal"]["networks"]
    assert ways == ["front", "screens", "issuer"]
    let_in = [
        (name, source["podSelector"]["matchLabels"]["app.kubernetes.io/component"])
        for name, policy in named("NetworkPolicy").items()
        for rule in policy["spec"].get("ingress", ())
        for source in rule["from"]
        if "podSelector" in source
    ]
    assert let_in == [("interfaces", "portal")]
    assert "portal" not in compose_tls()["services"]


def test_each_process_goes_over_tls_to_the_database_and_each_worker_to_the_engine() -> None:
    services = compose_tls()["services"]
    assert set(services) - set(compose()["services"]) == set()
    for name in (*OF_THE_RECORD, "migrate"):
        told = services[name]["environment"]
        assert told["PGSSLMODE"] == "verify-full"
        assert mounted(services[name]) >= {told[n] for n in told if told[n].startswith("/run/tls")}
        assert told_in_kubernetes(name)["PGSSLMODE"] == "verify-full"
    for name, pod in pods():
        if name == "portal":
            assert "/run/tls" not in json.dumps([pod, told_in_kubernetes(name)])
            continue
        (tls,) = [v for v in pod["volumes"] if v["name"] == "tls"]
        files = {v for v in told_in_kubernetes(name).values() if v.startswith("/run/tls")}
        assert files == {f"/run/tls/{path}" for path in paths_of(tls)}
        assert {"name": "tls", "mountPath": "/run/tls", "readOnly": True} in pod["containers"][0][
            "volumeMounts"
        ]


def test_the_engine_asks_for_a_certificate_and_the_database_shows_one() -> None:
    services = compose_tls()["services"]
    engine = services["temporal"]["environment"]
    assert engine["TEMPORAL_TLS_REQUIRE_CLIENT_AUTH"] == "true"
    assert {v for v in engine.values() if v.startswith("/run")} <= mounted(services["temporal"])
    assert "--ssl=on" in services["postgres"]["command"]
    before = compose()["services"]["postgres"]["command"]
    assert services["postgres"]["command"][: len(before)] == before


@pytest.mark.parametrize("process", [*PROCESSES, "migrate"])
def test_a_process_is_given_its_own_secrets_and_no_others(process: str) -> None:
    described = compose()
    own = described["services"][process]["secrets"]
    issuer = ["jwks.json"] if process in {*names(), "portal"} else []
    assert own == [{"source": process, "target": "secrets.json"}, *issuer]
    assert described["secrets"][process] == {"file": f"./secrets/shares/{process}.json"}
    pod = dict(pods())[process]
    (mounted,) = [v["projected"]["sources"] for v in pod["volumes"] if v["name"] == "secrets"]
    assert [s["secret"]["name"] for s in mounted if "secret" in s] == [f"tradewindow-{process}"]
    assert [s["configMap"]["name"] for s in mounted if "configMap" in s] == (
        ["tradewindow-issuer"] if issuer else []
    )


def test_the_master_file_is_given_to_nobody() -> None:
    files = {secret["file"] for secret in compose()["secrets"].values()}
    shares = {f"./secrets/shares/{process}.json" for process in (*PROCESSES, "migrate")}
    assert {file for file in files if file.endswith(".json")} == {
        *shares,
        "./secrets/jwks.json",
    }
    assert {*PROCESSES, "migrate", "verify"} == set(NEEDS)


def test_webhooks_and_notices_leave_sign_in_from_the_screens_and_nothing_else_leaves() -> None:
    described = compose()
    ways = {n: set(c.get("networks", ())) for n, c in described["services"].items()}
    assert [n for n, networks in ways.items() if "webhooks" in networks] == ["notices", "window"]
    assert [n for n, networks in ways.items() if "issuer" in networks] == ["portal"]
    open_ones = {name for name, network in described["networks"].items() if not network}
    assert open_ones == {"outside", "webhooks", "issuer"}
    assert [n for n in (*PROCESSES, "migrate") if "outside" in ways[n]] == []
    policy = named("NetworkPolicy")["webhooks"]["spec"]
    (selected,) = policy["podSelector"]["matchExpressions"]
    assert selected["values"] == ["notices", "window"]
    blocks = [to["ipBlock"] for to in policy["egress"][0]["to"]]
    for private in ("10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1"):
        assert not any(within(private, block) for block in blocks), private
    for private in ("::1", "fd00::1", "fe80::1", "2002:7f00:1::", "::ffff:10.0.0.1"):
        assert not any(within(private, block) for block in blocks), private
    assert within("93.184.216.34", blocks[0])
    assert within("2606:2800:220:1::1", blocks[1])


def within(address: str, block: dict[str, Any]) -> bool:
    found = ip_address(address)
    inside = [found in ip_network(n) for n in (block["cidr"], *block["except"])]
    return inside[0] and not any(inside[1:])


def test_nobody_gets_in_by_a_password_that_everybody_knows() -> None:
    described = (DEPLOY / "compose.yaml").read_text()
    grafana = compose()["services"]["grafana"]["environment"]
    assert grafana["GF_SECURITY_ADMIN_USER"] != "admin"
    assert grafana["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"
    assert grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert not re.search(r"_PASSWORD:|PWD: |admin/admin", described)


def test_only_the_gateway_and_what_stays_on_this_machine_is_published() -> None:
    published = {n: c["ports"] for n, c in compose()["services"].items() if "ports" in c}
    assert set(published) == {"gateway", "console", "grafana"}
    for name in ("console", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in published[name])


@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("127.0.0.1:8233", "", True),
        ("localhost:8233", "http://localhost:8233", True),
        ("127.0.0.1:8233", "http://127.0.0.1:8233", True),
        ("evil.example:8233", "", False),
        ("127.0.0.1:8233", "http://evil.example", False),
        ("127.0.0.1:8233", "http://127.0.0.1:3000", False),
        ("127.0.0.1:8233", "null", False),
        ("127.0.0.1.evil.example:8233", "", False),
    ],
)
def test_the_console_answers_this_machine_by_its_own_name(
    host: str, origin: str, let_in: bool
) -> None:
    conf = (DEPLOY / "temporal" / "console.conf").read_text()
    mapped = re.search(
        r'map "\$http_host \$http_origin" \$from_here \{\s+default 0;\s+"~(.*)" 1;', conf
    )
    assert mapped is not None
    assert bool(re.search(mapped.group(1), f"{host} {origin}")) is let_in
    assert conf.count("return 403;") == 2


def test_the_engines_http_interface_answers_no_host() -> None:
    dynamic = yaml.safe_load((DEPLOY / "temporal" / "dynamic-config.yaml").read_text())
    assert dynamic["frontend.httpAllowedHosts"] == [{"value": []}]


def test_no_secret_travels_in_the_environment() -> None:
    described = json.dumps(list(resources()))
    own = [compose()["services"][name]["environment"] for name in (*PROCESSES, "migrate")]
    assert "secretKeyRef" not in described
    assert not any("PASSWORD" in name or "PWD" in name for values in own for name in values)
    assert not any("@" in values.get("DATABASE_URL", "") for values in own)


@pytest.mark.parametrize(("name", "pod"), list(pods()), ids=[name for name, _ in pods()])
def test_pods_run_without_privileges_on_a_read_only_file_system(
    name: str, pod: dict[str, Any]
) -> None:
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    assert pod["terminationGracePeriodSeconds"] > GRACE_OF_THE_CODE_S


def test_containers_of_compose_run_without_privileges_on_a_read_only_file_system() -> None:
    for name in (*PROCESSES, "migrate"):
        container = compose()["services"][name]
        assert container["read_only"] is True
        assert container["user"] == "10001:10001"
        assert container["cap_drop"] == ["ALL"]
        assert int(container["stop_grace_period"].rstrip("s")) > GRACE_OF_THE_CODE_S
        assert container["deploy"]["resources"]["limits"]["memory"]


def test_probes_ask_the_health_addresses_of_the_process() -> None:
    for name, deployment in named("Deployment").items():
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        prefix = f"/{name}" if name in {*names(), "portal"} else ""
        assert container["livenessProbe"]["httpGet"]["path"] == f"{prefix}/health/live"
        assert container["readinessProbe"]["httpGet"]["path"] == f"{prefix}/health/ready"
        asked = compose()["services"][name]["healthcheck"]["test"]
        assert asked[:-1] == ["CMD", "python", "-P", "-m", health.__name__]
        assert asked[-1].startswith(f"{prefix}/health/")


def test_disruption_budgets_and_scaling_name_deployments_that_exist() -> None:
    deployments = set(named("Deployment"))
    scaled = {r["spec"]["scaleTargetRef"]["name"] for r in resources("HorizontalPodAutoscaler")}
    assert set(named("PodDisruptionBudget")) == deployments
    assert scaled == deployments - {"relay"}
    fixed = {n for n, d in named("Deployment").items() if "replicas" in d["spec"]}
    assert fixed.isdisjoint(scaled)


def test_network_is_closed_unless_opened() -> None:
    policies = named("NetworkPolicy")
    closed = policies.pop("default-deny")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert all(
        not rule or rule.get("from") or rule.get("to")
        for p in policies.values()
        for rule in (*p["spec"].get("ingress", ()), *p["spec"].get("egress", ()))
    )
    described = compose()
    internal = {n for n, network in described["networks"].items() if network == {"internal": True}}
    assert internal == set(described["networks"]) - {"outside", "webhooks", "issuer"}
    assert not internal & {"default"}
    assert all(container["networks"] for container in described["services"].values())


def test_the_gateway_reaches_the_services_and_not_the_record() -> None:
    services = compose()["services"]
    ways = {name: set(container["networks"]) for name, container in services.items()}
    assert {name for name in ways if "front" in ways[name]} == {"gateway", "portal", *names()}
    assert ways["gateway"] == {"front", "outside"}
    assert {name for name in ways if "record" in ways[name]} == {
        *(*OF_THE_RECORD, "migrate", "postgres", "prometheus"),
    }


def test_every_path_of_a_service_is_led_to_it() -> None:
    rules = named("Ingress")["tradewindow"]["spec"]["rules"][0]["http"]["paths"]
    led = {rule["path"]: rule["backend"]["service"]["name"] for rule in rules}
    gateway = (DEPLOY / "gateway.conf").read_text()
    # The screens, which are no service, are where callers without an address of theirs come to.
    assert led == {f"/{name}/": name for name in (*names(), "portal")} | {"/": "portal"}
    assert {r["path"] for r in rules if r["pathType"] == "Exact"} == {"/"}
    (screens,) = re.findall(r"location ~ (\S+) \{\s+set \$screens http://portal:8080;", gateway)
    for path in ("/", "/portal", "/portal/", "/portal/live"):
        assert re.search(screens, path), path
    for path in ("/portals", "/metrics/", "/health/live", "/window/portal/"):
        assert not re.search(screens, path), path
    for block in re.findall(r"location ~ .*?\}", gateway, re.S):
        assert "proxy_buffering off;" in block
    assert f"(?<service>{'|'.join(names())})/" in gateway


def test_search_attributes_are_registered_under_the_names_that_workflows_use() -> None:
    script = (DEPLOY / "temporal" / "setup-namespace.sh").read_text()
    listed = re.search(r"for name in (.*); do", script)
    assert listed is not None
    assert listed.group(1).split() == [key.name for key in search_attributes.ALL]
