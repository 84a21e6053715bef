"""In which language a reader is answered (RFC 9110 12.5.4): Chinese, Vietnamese or English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from starlette.types import Scope

ENGLISH: Final = "en"
CHINESE: Final = "zh-CN"
VIETNAMESE: Final = "vi"
LANGUAGES: Final = (ENGLISH, CHINESE, VIETNAMESE)
_BY_TAG: Final = {"en": ENGLISH, "zh": CHINESE, "vi": VIETNAMESE}
_RANGE: Final = re.compile(
    r"\s*(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*"
    r"(?:;\s*[Qq]\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
_RANGES_MAX: Final = 32


@lru_cache(maxsize=512)
def chosen(accepted: str) -> str:
    """The language for an ``Accept-Language``: the one wanted most, of equals the first.

    English when nothing of ours is wanted. What is no language range is passed over: a header
    that is half broken still says what its other half says.
    """
    wanted = [(weight, language) for language, weight in _wanted(accepted) if weight > 0]
    return max(wanted, key=lambda pair: pair[0])[1] if wanted else ENGLISH


def _wanted(accepted: str) -> Iterator[tuple[str, float]]:
    """Our languages in the header with their weights; ``*`` stands for English."""
    for part in accepted.split(",")[:_RANGES_MAX]:
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        tag, weight = found.group(1).lower().partition("-")[0], float(found.group(2) or 1)
        language = ENGLISH if tag == "*" else _BY_TAG.get(tag)
        if language is not None:
            yield language, weight


def language_of(scope: Scope) -> str:
    """The language of a request, which the outer ring has read or nobody has."""
    known: str | None = scope.setdefault("state", {}).get("language")
    if known is None:
        said = (v for n, v in scope.get("headers", ()) if n == b"accept-language")
        known = chosen(b",".join(said).decode("latin-1"))
        scope["state"]["language"] = known
    return known
