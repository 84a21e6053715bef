"""The report of a day as a page to open: a file for each language, which needs no server."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from deploy.demo.report import Outcome, as_json
from services.platform import words
from services.portal.rendering import LANGUAGES, assets, render

_PAGES: Final = Path(str(files("deploy.demo"))) / "pages"
_NAMES: Final = {language: f"report.{language}.html" for language in LANGUAGES}


def written(outcome: Outcome, folder: Path, *, first: str) -> Path:
    """The page in the language ``first``, beside those in the others; each leads to them."""
    report = as_json(outcome)
    # The folder is whoever's machine it is, without the screens: their style stands in the page.
    style = next(a.plain.decode() for n, a in assets().items() if n.endswith(".css"))
    for language, name in _NAMES.items():
        text = render(
            "report.html",
            language,
            _PAGES,
            report=report,
            day=outcome.day.business_on,
            titles=_titles(language),
            names=_NAMES,
            style=style,
            role="",
            claims={},
        )
        (folder / name).write_text(text, encoding="utf-8")
    return folder / _NAMES[first]


def _titles(language: str) -> dict[str, str]:
    """What each reason to refuse is called in a language."""
    return {
        reason.code: words.translated(reason.title, language, words.TITLE)
        for reason in words.reasons().values()
    }
