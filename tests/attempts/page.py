"""The page on what was tried, written from the attempts: `python -m tests.attempts.page`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

from tests.attempts.attempt import ATTEMPTS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/guide/attempts.md"
_HEAD: Final = """\
# What people tried, and what comes of it

Written from `tests/attempts` by `python -m tests.attempts.page`: each line is a test, tried from
outside, on real servers. What the rules say in full, and the law behind them, is on
[the page on the rules](../rules.md).
"""
_TABLE: Final = "| tries | what comes of it | under which rule |\n|---|---|---|\n"


def text() -> str:
    """The page as it is to be."""
    parts = [_HEAD]
    for who, tried in groupby(ATTEMPTS, key=lambda one: one.who):
        rows = "".join(
            f"| {one.tries} | {one.end.says} | {_rule(one.end.rule, one.law)} |\n" for one in tried
        )
        parts.append(f"## {who}\n\n{_TABLE}{rows}")
    return "\n".join(parts)


def _rule(code: str, law: str) -> str:
    return f"`{code}`: {law}" if code else ""


if __name__ == "__main__":
    import tests.attempts.test_attempts  # noqa: F401 - brings all attempts in

    PAGE.write_text(text(), encoding="utf-8")
