"""Free text that is kept for good: it names nobody by number and reads as it is written."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.kernel.mistakes import IDENTITY_NUMBER, TURNING_MARKS, UNSEEN
from services.kernel.refusal import Mistake

# Region, birth date, order, check character. A date must be in its place: of random references
# (a UUID in hex) one in a thousand holds some 18 digits, one in ten millions a date among them.
# The check character is not asked for: a mistyped number names somebody too.
_IDENTITY_NUMBER: Final = re.compile(
    r"(?<![0-9])[1-8][0-9]{5}"
    r"(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9])"
)


# Marks that turn the direction of what follows: they show an officer other words than were sent.
# The other invisible ones stay, for Burmese is written with them.
_TURNING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SEEN: Final = frozenset("LMNPS")


def fit_to_keep(text: str) -> str:
    """The text itself. Raises Mistake when it is not fit to be shown, logged to a case and kept.

    Identity numbers travel in their own field only (GB 11643: region, birth date, order number,
    check character). What people read has something to be read, in the order it is written.
    """
    if _IDENTITY_NUMBER.search(text):
        raise Mistake(IDENTITY_NUMBER.at())
    if _TURNING.search(text):
        raise Mistake(TURNING_MARKS.at())
    if text and not any(unicodedata.category(sign)[0] in _SEEN for sign in text):
        raise Mistake(UNSEEN.at())
    return text
