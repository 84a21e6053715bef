"""Free text that is kept for good: it names nobody by number."""

from __future__ import annotations

import re
from typing import Final

# Region, birth date, order, check character. A date must be in its place: of random references
# (a UUID in hex) one in a thousand holds some 18 digits, one in ten millions a date among them.
# The check character is not asked for: a mistyped number names somebody too.
_IDENTITY_NUMBER: Final = re.compile(
    r"(?<![0-9])[1-8][0-9]{5}"
    r"(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9])"
)


def names_nobody(text: str) -> str:
    """The text itself. Raises ValueError when something in it is shaped like an identity number.

    Texts and references are shown, logged to a case and kept; identity numbers travel in their own
    field only (GB 11643: region, birth date, order number, check character).
    """
    if _IDENTITY_NUMBER.search(text):
        raise ValueError("leave identity numbers out of free text; they have a field of their own")
    return text
