"""A pod of the chart, put on this machine as it is described: command, environment, files, user.

Only where its volumes are is said otherwise, and where it listens: in a cluster every pod has an
address of its own, and here all share one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.operate.data_directory import Endpoints
from deploy.sandbox.token import ISSUER
from tests.deploy import chart, others

ROOT: Final = Path(__file__).resolve().parents[2]
HOST: Final = "window.example.org"
Files = Mapping[str, Mapping[str, bytes]]
"""What ConfigMaps and Secrets hold, by their names."""


@dataclass(frozen=True)
class Placed:
    """A process as the chart starts it."""

    command: list[str]
    environment: dict[str, str]
    folders: dict[str, Path]
    """Where its volumes are here, by their place in the pod."""
    user: int | None
    """None where it runs as whoever runs the tests."""

    def started(self, otherwise: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """It, running; told otherwise than by the chart where a test wants to see what it says."""
        return subprocess.Popen(
            self.command,
            env={**self.environment, **(otherwise or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def values_for(endpoints: Endpoints) -> dict[str, Any]:
    """The chart's values for servers of the tests, which speak without TLS, and their issuer."""
    parts = urlsplit(endpoints.database_url)
    return {
        "database": {
            "url": f"postgresql://{parts.hostname}:{parts.port}{parts.path}",
            "tls": "disable",
        },
        "engine": {
            "address": endpoints.temporal_address,
            "cases": endpoints.temporal_namespace,
            "tls": False,
        },
        "callers": {"issuer": ISSUER, "host": HOST},
    }


def files_of(shares: Path, jwks: Path) -> dict[str, dict[str, bytes]]:
    """What the guide has an operator put into the cluster, before the chart."""
    secrets = {
        f"tradewindow-{file.stem}": {"secrets.json": file.read_bytes()}
        for file in shares.glob("*.json")
    }
    return {**secrets, "tradewindow-issuer": {"jwks.json": jwks.read_bytes()}}


@contextmanager
def node(endpoints: Endpoints, files: Files) -> Iterator[Node]:
    """Where the chart's pods are put, beside servers of the tests."""
    # Not a folder of pytest's, which lets nobody else in.
    with tempfile.TemporaryDirectory(prefix="tradewindow-node-") as folder:
        Path(folder).chmod(0o711)
        yield Node(Path(folder), chart.documents(values_for(endpoints)), files)


class Node:
    """What a pod finds where it is put: the image, and its volumes."""

    def __init__(self, root: Path, documents: chart.Documents, files: Files) -> None:
        self._root, self._files = root, files
        self._maps = {
            d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"
        }
        self._pods = {
            d["metadata"]["name"]: d["spec"]["template"]["spec"]
            for d in documents
            if d["kind"] in ("Deployment", "Job")
        }

    def placed(self, process: str, *, port: int) -> Placed:
        """A process, answering at this port of this machine."""
        pod = self._pods[process]
        (container,) = pod["containers"]
        user = pod["securityContext"]["runAsUser"] if others.closed() is None else None
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        folders = {
            mount["mountPath"]: self._folder(process, volumes[mount["name"]], user)
            for mount in container["volumeMounts"]
            if "emptyDir" not in volumes[mount["name"]]
        }
        return Placed(
            command=others.under(user, [*_entry_point(), *container["args"]]),
            environment={**self._told(container, folders), "HTTP_PORT": str(port)},
            folders=folders,
            user=user,
        )

    def _told(self, container: Mapping[str, Any], folders: Mapping[str, Path]) -> dict[str, str]:
        told = dict[str, str]()
        for source in container["envFrom"]:
            told |= self._maps[source["configMapRef"]["name"]]
        told |= {one["name"]: one["value"] for one in container.get("env", ())}
        here = {name: _here(value, folders) for name, value in told.items()}
        return {**others.of_the_image(), **here, "HTTP_HOST": "127.0.0.1"}

    def _folder(self, process: str, volume: Mapping[str, Any], user: int | None) -> Path:
        folder = self._root / process / str(volume["name"])
        folder.mkdir(parents=True, exist_ok=True)
        folder.parent.chmod(0o711)
        for name, content in self._content(volume).items():
            file = folder / name
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            file.write_bytes(content)
            if user is not None:
                os.chown(file, 0, user)
            file.chmod(0o440)
        return folder

    def _content(self, volume: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of a volume. What no operator has put there (the tests' servers speak without
        TLS, official schemas are not ours) is not there."""
        if "configMap" in volume:
            return dict(self._files.get(volume["configMap"]["name"], {}))
        sources = [part for source in volume["projected"]["sources"] for part in source.values()]
        return {
            item["path"]: self._files[part["name"]][item["key"]]
            for part in sources
            if part["name"] in self._files
            for item in part["items"]
        }


def _here(value: str, folders: Mapping[str, Path]) -> str:
    for place, folder in folders.items():
        if value == place or value.startswith(f"{place}/"):
            return str(folder) + value.removeprefix(place)
    return value


@cache
def _entry_point() -> tuple[str, ...]:
    """What the image starts, by the Python of the tests."""
    said = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    assert said is not None
    first, *words = json.loads(said[1])
    assert first == "python"
    return (sys.executable, *words)
