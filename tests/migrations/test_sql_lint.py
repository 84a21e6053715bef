"""The SQL of the migrations is linted too, not only that of the views."""

from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import Final

import pytest
from alembic import op

ROOT: Final = Path(__file__).parents[2]
VERSIONS: Final = sorted((ROOT / "migrations" / "versions").glob("*.py"))
FIRST: Final = {
    "0001_platform",
    "0002_law",
    "0002_registry",
    "0003_declaration",
    "0003_gate",
    "0004_draws",
    "0004_risk",
    "0004_accreditation",
    "0004_inspection",
    "0005_settlement",
    "0006_processing",
}
"""They make the schema: no table has a row yet when their indexes are built."""
_STYLE: Final = (
    # Each migration is one transaction: what failed half-way was not done at all.
    "prefer-robust-stmts",
    # Lines, rounds and versions; each is bounded by its CHECK or by what it counts.
    "prefer-bigint-over-int",
    # Codes of fixed length: currencies, countries, customs codes.
    "ban-char-field",
    # Set for all of them by migrations/env.py.
    "require-lock-timeout",
    "require-statement-timeout",
)


def _statements(version: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a migration executes on its way up."""
    found: list[str] = []
    monkeypatch.setattr(op, "execute", lambda statement: found.append(str(statement)))
    spec = util.spec_from_file_location(version.stem, version)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.upgrade()
    return found


@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: v.stem)
def test_a_migration_is_safe_beside_the_running_window(
    version: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    statements = [s.strip().rstrip(";") + ";" for s in _statements(version, monkeypatch)]
    sql = tmp_path / f"{version.stem}.sql"
    sql.write_text("\n".join(statements), encoding="utf-8")
    excluded = [*_STYLE, *(["require-concurrent-index-creation"] if version.stem in FIRST else [])]

    linted = subprocess.run(
        [
            str(Path(sys.executable).parent / "squawk"),
            "--reporter=gcc",
            "--assume-in-transaction",
            *(f"--exclude={rule}" for rule in excluded),
            str(sql),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout + linted.stderr
