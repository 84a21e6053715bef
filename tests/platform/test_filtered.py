"""A list's statement has the conditions that are asked of it, and no others."""

from __future__ import annotations

import pytest

from services.platform.filtered import Filtered

LIST = Filtered(
    "SELECT * FROM lots WHERE ASKED(lot_id > CAST(:after AS uuid))"
    " AND ASKED(late: (due_on < :today) = :late) ORDER BY lot_id"
)


@pytest.mark.parametrize(
    ("after", "late", "where"),
    [
        (None, None, "true AND true"),
        ("1", None, "(lot_id > CAST(:after AS uuid)) AND true"),
        (None, False, "true AND ((due_on < :today) = :late)"),
        ("1", True, "(lot_id > CAST(:after AS uuid)) AND ((due_on < :today) = :late)"),
    ],
)
def test_only_what_is_asked_stands_in_it(after: str | None, late: bool | None, where: str) -> None:
    built = LIST.as_asked({"after": after, "late": late, "today": None})
    assert built.text == f"SELECT * FROM lots WHERE {where} ORDER BY lot_id"


def test_a_combination_is_built_once() -> None:
    values = {"after": "1", "late": None}
    assert LIST.as_asked(values) is LIST.as_asked({**values, "after": "2"})


def test_a_filter_that_is_forgotten_opens_nothing() -> None:
    with pytest.raises(KeyError, match="late"):
        LIST.as_asked({"after": None})


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1", "is a text"),
        ("SELECT 1 WHERE ASKED(true)", "which value decides"),
        ("SELECT 1 WHERE ASKED(a = :a OR b = :b)", "which value decides"),
        ("SELECT 1 WHERE ASKED((a = :a)", "without an end"),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_is_written(sql: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Filtered(sql)
