"""A paper as a page: facts set by typst into PDF/A, in the reader's language.

The template is ours and the same for all; whatever somebody wrote goes into it as data, as JSON of
one input, and is text there. It is compiled with the fonts of one wheel, in a folder in which there
is nothing but itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import segno
import typst
from noto_cjk_sans_otc import FONT_PATH

from services.documents.domain.papers import PAPERS, Line, PaperKind, in_groups, rows_of
from services.kernel.clock import BEIJING
from services.platform import words

STANDARD: Final = "a-2a"
"""ISO 19005-2, level A: what it needs is in it, its text is read out and found (tagged)."""
_TEMPLATE: Final = Path(str(files("services.documents"))) / "papers" / "paper.typ"
_FIGURES: Final = ("kg", "money", "number")
_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one paper says, before it is set."""

    kind: PaperKind
    language: str
    facts: Mapping[str, Any]
    number: str
    """32 hexadecimal digits that nobody guesses."""
    issued_at: datetime
    address: str
    """Where anyone may ask whether it is genuine and still stands."""
    sample: bool
    """Whether it is of a sandbox, which stands all over it."""


def typeset(sheet: Sheet) -> bytes:
    """The paper as PDF/A, not signed yet; the same sheet gives the same bytes."""
    said = json.dumps(_said(sheet), ensure_ascii=False)
    return typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": said},
        pdf_standards=STANDARD,
        timestamp=sheet.issued_at.astimezone(BEIJING).replace(microsecond=0),
    )


@cache
def _fonts() -> typst.Fonts:
    """Chinese in the forms of the mainland, and Latin with Vietnamese marks, from one family."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[Path(str(FONT_PATH)).parent],
    )


def _said(sheet: Sheet) -> dict[str, Any]:
    """Every word of the paper in its language, as the template sets it."""
    paper = PAPERS[sheet.kind]

    def word(code: str, vocabulary: str = "paper_text") -> str:
        return words.word(code, vocabulary, sheet.language)

    def value(line: Line, facts: Mapping[str, Any]) -> str:
        if facts.get(line.name) is None:
            return _NOTHING
        place = f"{{{line.name}:{line.kind}}}" if line.kind else f"{{{line.name}}}"
        return words.filled(place, facts, sheet.language)

    signed = {"time": sheet.issued_at.isoformat()}
    return {
        "lang": sheet.language.partition("-")[0],
        "issuer": word("issuer"),
        "title": word(sheet.kind, "paper"),
        "promise": word(f"promise_{sheet.kind}"),
        "sample": word("sample") if sheet.sample else None,
        "code": segno.make(sheet.address, error="m", micro=False).svg_inline(border=0),
        "check": word("check"),
        "number": in_groups(sheet.number),
        "address": sheet.address,
        "signed": words.filled(word("signed"), signed, sheet.language),
        "lines": [[word(one.name, "paper_line"), value(one, sheet.facts)] for one in paper.lines],
        "tables": [
            {
                "title": None if name == "rows" else word(name),
                "head": [word(one.name, "paper_line") for one in columns],
                "figures": [one.kind in _FIGURES for one in columns],
                "rows": [[value(one, row) for one in columns] for row in rows],
            }
            for name, columns in (("rows", paper.columns), ("lost", paper.lost))
            if (rows := rows_of(sheet.facts, name)) or (columns and name == "rows")
        ],
    }
