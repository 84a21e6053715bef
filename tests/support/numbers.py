"""Numbers and codes that no other test of this process has: by chance two of them would meet."""

from __future__ import annotations

import random
import string
from collections import defaultdict
from itertools import count
from typing import Final

from stdnum.cn import uscc

_ANY: Final = random.SystemRandom()
_STEP: Final = 387_420_489
"""A power of three, so that its multiples meet every number of so many digits or letters before
they meet one again."""
_DRAWN: Final[dict[int, count[int]]] = defaultdict(
    lambda: count(_ANY.randrange(10**9) * _STEP, _STEP)
)


def fresh(digits: int) -> str:
    """A number of so many digits, which is drawn once."""
    return f"{next(_DRAWN[10**digits]) % 10**digits:0{digits}d}"


def fresh_letters(letters: int) -> str:
    """So many capital letters, which are drawn once together."""
    place, drawn = next(_DRAWN[26**letters]) % 26**letters, ""
    for _ in range(letters):
        place, letter = divmod(place, 26)
        drawn += string.ascii_uppercase[letter]
    return drawn


def customs_code() -> str:
    """The customs code of an enterprise (海关编码)."""
    return f"4506{fresh(6)}"


def credit_code() -> str:
    """The uniform social credit code of an enterprise (统一社会信用代码)."""
    body = f"91450681{fresh(9)}"
    return body + str(uscc.calc_check_digit(body))
