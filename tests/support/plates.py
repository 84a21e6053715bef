"""Plates of trucks that no other test has: one truck is one load, whoever else drives it."""

from __future__ import annotations

import random
import string
from typing import Final

_ANY: Final = random.SystemRandom()
"""No test that sets the common source draws another's plate."""
_LETTERS: Final = "".join(sorted({*string.ascii_uppercase} - {*"IO"}))
"""A Chinese plate has neither I nor O (GA 36-2018)."""


def own_plate() -> str:
    """A truck's own plate, of Guangxi."""
    letter, number = _ANY.choice(_LETTERS), _ANY.choices(_LETTERS + string.digits, k=5)
    return f"桂{letter}{''.join(number)}"


def other_plate() -> str:
    """A truck's foreign plate, as Vietnam's are written."""
    letters = "".join(_ANY.choices(string.ascii_uppercase, k=3))
    return f"14{letters}-{_ANY.randrange(10**5):05d}"
