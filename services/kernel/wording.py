"""Free text that is kept for good: it names nobody by number."""

from __future__ import annotations

import re
from typing import Final

_IDENTITY_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def names_nobody(text: str) -> str:
    """The text itself. Raises ValueError when something in it is shaped like an identity number.

    Texts and references are shown, logged to a case and kept; identity numbers travel in their own
    field only (GB 11643: 17 digits and a check character).
    """
    if _IDENTITY_NUMBER.search(text):
        raise ValueError("leave identity numbers out of free text; they have a field of their own")
    return text
