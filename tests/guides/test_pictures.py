"""Pictures of README and guide: each is shown somewhere, and can be made anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.browser.pictures import PICTURES, files

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
OF_OTHERS: Final = {"explorer.png", "temporal.png"}
"""Screens that are not ours."""


def test_every_picture_is_shown_by_a_page_and_made_by_the_maker_of_pictures() -> None:
    shown = {
        name for page in PAGES for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text())
    }
    there = {file.name for file in PICTURES.iterdir()}
    assert there == shown
    assert there == files() | OF_OTHERS
