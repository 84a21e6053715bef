"""Charts and workbooks that the server makes: measured right, and no text becomes more than one."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from services.portal.charts import HEIGHT, WIDTH, Chart, Point, chart
from services.portal.exports import Cell, sheet

Values = Sequence[float | None]


def drawn(bars: Values, *lines: Values, from_zero: bool = True) -> Chart:
    found = chart([str(n) for n in range(len(bars))], bars, *lines, from_zero=from_zero)
    assert found is not None
    return found


def test_a_bar_is_as_high_as_its_value_and_stands_on_the_floor() -> None:
    made = drawn([0, 50, 100])
    none, half, whole = made.bars
    assert (none.height, half.height * 2) == (0, whole.height)
    assert {round(bar.y + bar.height, 1) for bar in made.bars} == {made.floor}
    assert (made.ticks[0].text, made.ticks[-1].text) == ("0", "100")
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in made.bars)


def test_a_line_breaks_where_there_is_no_value() -> None:
    made = drawn([None] * 5, [1, 2, None, None, 3])
    assert [len(piece) for piece in made.lines[0]] == [2, 1]
    assert made.bars == []
    ((first, second), (last,)) = made.lines[0]
    assert isinstance(first, Point)
    assert first.x < second.x < last.x
    assert first.y > second.y > last.y


@pytest.mark.parametrize("values", [[3563.1, 3563.9], [5.0], [0.0], [0.004], [1e9, 2.0]])
@pytest.mark.parametrize("from_zero", [True, False])
def test_everything_stays_inside_and_ticks_rise(values: list[float], from_zero: bool) -> None:
    made = drawn([None] * len(values), list(values), from_zero=from_zero)
    points = [point for piece in made.lines[0] for point in piece]
    assert all(0 <= p.y <= HEIGHT and 0 <= p.x <= WIDTH for p in points)
    heights = [tick.at for tick in made.ticks]
    assert heights == sorted(heights, reverse=True)
    assert len({tick.text for tick in made.ticks}) == len(made.ticks) >= 2


def test_where_nothing_happened_there_is_no_chart() -> None:
    assert chart(["a", "b"], [None, None], [None, None]) is None


def test_of_many_columns_few_are_named() -> None:
    assert len(drawn(list(range(31))).columns) <= 8


def test_a_text_in_a_workbook_is_a_text_and_a_number_a_number() -> None:
    nasty = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "https://example.org", "\t=1", "中文"]
    rows: list[list[Cell]] = [[text, 1.5] for text in nasty]
    made = sheet(["头", "=1+1"], [*rows, [None, 0]])
    read = CalamineWorkbook.from_filelike(BytesIO(made)).get_sheet_by_index(0).to_python()
    assert read[0] == ["头", "=1+1"]
    assert [row[0] for row in read[1:-1]] == nasty
    assert {row[1] for row in read[1:-1]} == {1.5}
    with ZipFile(BytesIO(made)) as parts:
        cells = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<c " in cells
    assert "<f" not in cells
    assert "hyperlink" not in cells
