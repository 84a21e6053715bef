"""`tradewindow describe`: write into the descriptions what the services' manifests say.

A description is a file kept by hand, in which a block between two lines

    # services begin: <what>
    # services end

is written here: a list of services stands nowhere by hand. In Kubernetes each process has a file of
its own, written whole from a template. The same manifests write the same bytes; a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Final

from services import manifests
from services.platform.manifest import PORT, Manifest, Scale

ROOT: Final = Path(__file__).resolve().parents[2]
KUBERNETES: Final = Path("deploy", "kubernetes")
_INTERFACE: Final = KUBERNETES / "templates" / "interface.yaml.template"
_WORKER: Final = KUBERNETES / "templates" / "worker.yaml.template"
TEMPLATE_FILES: Final = (_INTERFACE, _WORKER)
_BLOCK: Final = re.compile(
    r"^(?P<pad> *)# services begin: (?P<what>[a-z-]+)\n.*?^ *# services end\n", re.M | re.S
)
_BY_HAND: Final = frozenset(
    {
        *("kustomization", "namespace", "configuration", "network", "ingress"),
        *("monitoring", "relay"),
    }
)
"""What of Kubernetes is kept by hand, but for its blocks."""

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
    written = described(root)
    for name in sorted({*_generated(root), *written}):
        path = root / name
        text = written.get(name)
        if text is None:
            path.unlink()
            print(f"{name} is gone with its service")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{name} written")
    return 0


def differing(root: Path = ROOT) -> list[str]:
    """The descriptions that do not say what the manifests say."""
    written = described(root)
    names = sorted({*_generated(root), *written})
    return [
        name
        for name in names
        if not (root / name).exists()
        or written.get(name) != (root / name).read_text(encoding="utf-8")
    ]


def described(root: Path = ROOT) -> dict[str, str]:
    """Every description by its path, as the manifests have it."""
    found = {str(name): _blocks_written(root / name, blocks) for name, blocks in BLOCKS.items()}
    for process, text in _pods(root):
        found[str(KUBERNETES / f"{process}.yaml")] = text
    return found


def _generated(root: Path) -> list[str]:
    """The whole files that stand there now."""
    files = (root / KUBERNETES).glob("*.yaml")
    return [str(f.relative_to(root)) for f in files if f.stem not in _BY_HAND]


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
    if (folder := one.folder) is not None:
        yield "  environment:"
        yield "    <<: *of-a-service"
        yield f"    {folder.setting}: {folder.path}"
        yield "  volumes:"
        yield f"    - ./{folder.name}:{folder.path}:ro"
    yield "  healthcheck:"
    yield "    <<: *often"
    yield f"    test: [CMD, python, -P, -m, deploy.operate.health, {one.health}/ready]"
    yield ""


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


def _files() -> Lines:
    for process in processes():
        yield f"- {process}.yaml"


def _paths() -> Lines:
    for name in manifests.names():
        yield f"- path: /{name}/"
        yield "  pathType: Prefix"
        yield "  backend:"
        yield "    service:"
        yield f"      name: {name}"
        yield "      port: {name: http}"


def _reaching_out() -> Lines:
    out = [name for name, one in manifests.manifests().items() if one.reaches_out]
    yield f"- {{key: app.kubernetes.io/name, operator: In, values: [{', '.join(out)}]}}"


BLOCKS: Final[Mapping[Path, Mapping[str, Callable[[], Lines]]]] = {
    Path("pyproject.toml"): {"layer": _layer, "containers": _packages, "modules": _packages},
    Path("deploy/compose.yaml"): {"processes": _compose, "healthy": _healthy, "secrets": _secrets},
    Path("deploy/compose.tls.yaml"): {"processes": _over_tls},
    Path("deploy/gateway.conf"): {"paths": _gateway},
    Path("deploy/grafana/prometheus.yaml"): {"targets": _targets},
    KUBERNETES / "kustomization.yaml": {"files": _files},
    KUBERNETES / "ingress.yaml": {"paths": _paths},
    KUBERNETES / "network.yaml": {"reaching-out": _reaching_out},
}


def _pods(root: Path) -> Iterator[tuple[str, str]]:
    """Every file of a process, written whole from its template."""
    interface = Template((root / _INTERFACE).read_text())
    worker = Template((root / _WORKER).read_text())
    for name, one in manifests.manifests().items():
        values = {"summary": one.summary, "health": one.health, **_own_folder(one)}
        yield name, _pod(interface, name, one.scale, **values)
        if (carrier := one.worker) is not None:
            yield f"{name}-worker", _pod(worker, name, carrier.scale, queue=carrier.queue)


def _pod(template: Template, name: str, scale: Scale, **values: str) -> str:
    return template.substitute(values, name=name, port=PORT, **vars(scale))


def _own_folder(one: Manifest) -> dict[str, str]:
    """The folder that an operator may fill, as a ConfigMap; nothing where there is none."""
    if (folder := one.folder) is None:
        return {"folder_told": "", "folder_mounted": "", "folder": ""}
    told = f"{{name: {folder.setting}, value: {folder.path}}}"
    mount = f"{{name: {folder.name}, mountPath: {folder.path}, readOnly: true}}"
    source = f"{{name: {folder.name}, optional: true}}"
    return {
        "folder_told": f"          env:\n            - {told}\n",
        "folder_mounted": f"            - {mount}\n",
        "folder": f"        - name: {folder.name}\n          configMap: {source}\n",
    }
