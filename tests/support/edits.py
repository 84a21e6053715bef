"""Slips of a pen, reckoned in another way than the code does it."""

from __future__ import annotations

from hypothesis import strategies as st

LETTERS = "abwyz"
WORD = st.text(LETTERS, min_size=2, max_size=6)
"""A word of few letters, so that two of them are often close; none is a legal form or a number."""


def edits(one: str, other: str) -> int:
    """The fewest letters put in, left out or changed, or neighbours swapped, between two texts."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
