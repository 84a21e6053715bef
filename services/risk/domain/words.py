"""The words of risk's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "lane": {"GREEN": "no person", "YELLOW": "documents", "RED": "goods"},
    "selected": {
        "RULE_UNEVALUABLE": "a rule could not be evaluated",
        "NO_RULE_BOOK": "no risk rules in force",
        "RATE_MISSING": "no inspection rate in force",
    },
}
