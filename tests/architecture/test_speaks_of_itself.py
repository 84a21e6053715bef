"""The project speaks only of itself: a source is a law, a practice or a page that is in it."""

from __future__ import annotations

import re
from typing import Final

from tests.support.servers import ROOT

ELSEWHERE: Final = re.compile(
    r"\b(?:design|domain|found|review)\.md\b|\b(?:design|domain) sections? \d"
    r"|\bdomain W?\d|\[S\d+\]"
)
"""Papers that whoever reads the project does not have."""
FOLDERS: Final = ("services", "workflows", "deploy", "migrations", "docs", "contracts")


def test_nothing_refers_to_a_paper_that_is_not_here() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".sql", ".yaml"} and "assets" not in path.parts
        for match in ELSEWHERE.finditer(path.read_text())
    }
    assert found == set()
