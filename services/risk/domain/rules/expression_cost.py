"""What the evaluation of a rule may cost: bounded by what is written, before anything is evaluated.

A rule is judged within the step that screens a lot, beside everything else that the process does,
and nothing can interrupt it. The facts of a lot are single values, so whatever is long in a rule is
written out in it; only two things make a short text expensive. Comprehensions multiply when one
stands inside another: 218 characters took 49 seconds. And a regular expression is compiled each
time: classes of Unicode and counted repetitions make that long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

COMPREHENSIONS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
COMPREHENSIONS_MAX: Final = 3
MATCHES_MAX: Final = 2
REPETITION_MAX: Final = 20
REPETITIONS_MAX: Final = 2

_TOKEN: Final = re.compile(
    r"""
    (?P<skipped> //[^\n]* | \s+ )
    | (?P<string>
        (?: [bB]?[rR] | [rR][bB] ) (?: \"{3}.*?\"{3} | '{3}.*?'{3} | \"[^\"]*\" | '[^']*' )
        | [bB]? (?: \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3}
            | \"(?:\\.|[^\"\\])*\" | '(?:\\.|[^'\\])*' )
    )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASS: Final = re.compile(r"\\[A-Za-z]")
_COUNTED: Final = re.compile(r"\{([0-9]*)(?:,([0-9]*))?\}")


def too_costly(text: str) -> str | None:
    """Why an expression could cost more than a lot's step may take; None when it cannot."""
    tokens = [
        (str(found.lastgroup), found.group())
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "skipped"
    ]
    return next(_reasons(tokens), None)


def _reasons(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    open_calls: list[bool] = []
    """Of each open bracket, whether a comprehension runs inside it."""
    comprehensions = matches = 0
    for place, (kind, word) in enumerate(tokens):
        called = kind == "word" and tokens[place + 1 : place + 2] == [("sign", "(")]
        if called and word in COMPREHENSIONS:
            comprehensions += 1
            if True in open_calls:
                yield "a comprehension stands inside another; write them side by side"
        elif called and word == "matches":
            matches += 1
            if True in open_calls:
                yield "matches stands inside a comprehension; write it beside it"
            yield from _of_pattern(tokens[place + 2 : place + 4])
        elif (kind, word) == ("sign", "("):
            before = tokens[place - 1] if place else ("", "")
            open_calls.append(before[0] == "word" and before[1] in COMPREHENSIONS)
        elif (kind, word) == ("sign", ")") and open_calls:
            open_calls.pop()
    if comprehensions > COMPREHENSIONS_MAX:
        yield f"there are more than {COMPREHENSIONS_MAX} comprehensions; make several rules"
    if matches > MATCHES_MAX:
        yield f"there are more than {MATCHES_MAX} regular expressions; make several rules"


def _of_pattern(argument: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Why a regular expression would take long to compile."""
    if len(argument) < 2 or argument[0][0] != "string" or argument[1] != ("sign", ")"):
        yield "matches takes one text, written out"
        return
    pattern = argument[0][1]
    if _CLASS.search(pattern.replace("\\\\", "\\")):
        yield "write classes of characters out, e.g. [0-9A-Z], instead of \\w, \\d or \\p"
    counted = [
        max(int(times or 0) for times in found.groups(default="0"))
        for found in _COUNTED.finditer(pattern)
    ]
    if len(counted) > REPETITIONS_MAX or max(counted, default=0) > REPETITION_MAX:
        yield f"count at most {REPETITIONS_MAX} repetitions, each up to {REPETITION_MAX}"
