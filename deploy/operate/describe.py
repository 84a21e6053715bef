"""`tradewindow describe`: write into the descriptions what the services' manifests say.

A description is a file kept by hand, in which a block between two lines

    # services begin: <what>
    # services end

is written here: a list of services stands nowhere by hand. In the chart a service is one line of
its values. The same manifests write the same bytes; a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from services import manifests
from services.platform.manifest import PORT, Manifest, Scale

ROOT: Final = Path(__file__).resolve().parents[2]
VALUES: Final = Path("deploy", "chart", "values.yaml")
"""What the one chart for a cluster is told."""
_BLOCK: Final = re.compile(
    r"^(?P<pad> *)# services begin: (?P<what>[a-z-]+)\n.*?^ *# services end\n", re.M | re.S
)
Lines = Iterator[str]


class DescriptionUnfit(Exception):
    """A description lacks a block that is to be written, or has one that nothing writes."""


def write(*, directory: Path | None = None) -> int:
    """Write the descriptions anew; print each that has changed.

    Parameters
    ----------
    directory
        The root of the tree; this one's when not given.
    """
    root = directory or ROOT
    for name, text in described(root).items():
        if (root / name).read_text(encoding="utf-8") != text:
            (root / name).write_text(text, encoding="utf-8")
            print(f"{name} written")
    return 0


def differing(root: Path = ROOT) -> list[str]:
    """The descriptions that do not say what the manifests say."""
    return [
        name
        for name, text in sorted(described(root).items())
        if (root / name).read_text(encoding="utf-8") != text
    ]


EMPTY: Final = '""'


def described(root: Path = ROOT) -> dict[str, str]:
    """Every description by its path, as the manifests have it."""
    return {str(name): _blocks_written(root / name, blocks) for name, blocks in BLOCKS.items()}


def _blocks_written(path: Path, blocks: Mapping[str, Callable[[], Lines]]) -> str:
    text, met = path.read_text(encoding="utf-8"), list[str]()

    def block(found: re.Match[str]) -> str:
        pad, what = found["pad"], found["what"]
        if what not in blocks:
            raise DescriptionUnfit(f"{path} has a block {what}, which nothing writes")
        met.append(what)
        lines = "".join(f"{pad}{line}".rstrip() + "\n" for line in blocks[what]())
        return f"{pad}# services begin: {what}\n{lines}{pad}# services end\n"

    text = _BLOCK.sub(block, text)
    if missing := sorted(set(blocks) - set(met)):
        raise DescriptionUnfit(f"{path} lacks its block {', '.join(missing)}")
    return text


def processes() -> list[str]:
    """Every process of a service: its interface, and its worker where it has one."""
    return [*manifests.names(), *(f"{name}-worker" for name in manifests.workers())]


def _packages() -> Lines:
    for name in manifests.names():
        yield f'"services.{name}",'


def _layer() -> Lines:
    yield f'"{" : ".join(f"services.{name}" for name in manifests.names())}",'


def _gateway() -> Lines:
    yield f"location ~ ^/(?<service>{'|'.join(manifests.names())})/ {{"


def _targets() -> Lines:
    for process in processes():
        yield f"- {process}:{PORT}"


def _compose() -> Lines:
    for name, one in manifests.manifests().items():
        yield from _compose_interface(name, one)
    for name in manifests.workers():
        yield f"{name}-worker:"
        yield "  <<: *worker"
        yield f"  command: [work, {name}]"
        yield f"  secrets: [{{source: {name}-worker, target: secrets.json}}]"
        yield ""


def _compose_interface(name: str, one: Manifest) -> Lines:
    yield f"{name}:"
    yield "  <<: *service"
    yield f"  command: [serve, {name}]"
    yield f"  secrets: [{{source: {name}, target: secrets.json}}, jwks.json]"
    if one.reaches_out:
        yield "  networks: [front, record, webhooks]"
    told, mounted = _of_its_own(one)
    if told:
        yield "  environment:"
        yield "    <<: *of-a-service"
        yield from (f"    {line}" for line in told)
    if mounted:
        yield "  volumes:"
        yield from (f"    - {line}" for line in mounted)
    yield "  healthcheck:"
    yield "    <<: *often"
    yield f"    test: [CMD, python, -P, -m, deploy.operate.health, {one.health}/ready]"
    yield ""


def _of_its_own(one: Manifest) -> tuple[list[str], list[str]]:
    """What a service alone is told, and which folders it alone has."""
    told = [f"{name}: ${{{name}:-}}" for name in one.told]
    mounted = []
    if (folder := one.folder) is not None:
        told.append(f"{folder.setting}: {folder.path}")
        mounted.append(f"./{folder.name}:{folder.path}:ro")
    if (store := one.store) is not None:
        told.append(f"{store.setting}_STORE: ${{{store.setting}_STORE:-file://{store.path}}}")
        told += [f"{store.setting}_{n}: ${{{store.setting}_{n}:-}}" for n in ("ENDPOINT", "REGION")]
        mounted.append(f"./{store.name}:{store.path}")
    return told, mounted


def _healthy() -> Lines:
    for name in manifests.names():
        yield f"{name}: {{condition: service_healthy}}"


def _secrets() -> Lines:
    for process in processes():
        yield f"{process}: {{file: ./secrets/shares/{process}.json}}"


def _over_tls() -> Lines:
    for process in processes():
        way = "to-the-record" if process in manifests.names() else "to-the-engine"
        yield f"{process}: *{way}"


def _values() -> Lines:
    yield f"port: {PORT}"
    yield "services:"
    for name, one in manifests.manifests().items():
        yield f"  # {one.summary}"
        yield f"  {name}: {{{', '.join(_of_a_service(one))}}}"


def _of_a_service(one: Manifest) -> Lines:
    yield f"api: {_scaled(one.scale)}"
    if one.worker is not None:
        yield f"worker: {_scaled(one.worker.scale)}"
    if (folder := one.folder) is not None:
        yield f"folder: {{name: {folder.name}, setting: {folder.setting}, path: {folder.path}}}"
    if (store := one.store) is not None:
        yield f"store: {store.setting}"
    if one.told:
        yield f"told: {{{', '.join(f'{name}: {EMPTY}' for name in one.told)}}}"
    if one.reaches_out:
        yield "reaches_out: true"
    if one.mails:
        yield "mails: true"


def _scaled(scale: Scale) -> str:
    # What looks like a number here is none: a quantity, as Kubernetes writes it.
    said = {n: v if isinstance(v, int) else f'"{v}"' for n, v in vars(scale).items()}
    return f"{{{', '.join(f'{name}: {value}' for name, value in said.items())}}}"


BLOCKS: Final[Mapping[Path, Mapping[str, Callable[[], Lines]]]] = {
    Path("pyproject.toml"): {"layer": _layer, "containers": _packages, "modules": _packages},
    Path("deploy/compose.yaml"): {"processes": _compose, "healthy": _healthy, "secrets": _secrets},
    Path("deploy/compose.tls.yaml"): {"processes": _over_tls},
    Path("deploy/gateway.conf"): {"paths": _gateway},
    Path("deploy/grafana/prometheus.yaml"): {"targets": _targets},
    VALUES: {"values": _values},
}
