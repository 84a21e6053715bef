"""A day's files are read as spreadsheets write them; what cannot be read is named by its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.demo.day import read_day
from deploy.demo.sample_day import SampleDay
from deploy.operate.data_directory import LocalError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    SampleDay(lots=8, tickets=24).write(tmp_path)
    return tmp_path


def rewritten(path: Path, change: Callable[[str], str], encoding: str = "utf-8") -> None:
    path.write_bytes(change(path.read_text(encoding="utf-8")).encode(encoding))


def first_cell(folder: Path, column: str, written: str, name: str = "lots") -> None:
    """Another cell in the first row of a file."""
    lines = (folder / f"{name}.csv").read_text(encoding="utf-8").split("\n")
    cells = lines[1].split(",")
    cells[lines[0].split(",").index(column)] = written
    lines[1] = ",".join(cells)
    (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig"])
def test_a_day_is_the_same_however_its_files_are_encoded(folder: Path, encoding: str) -> None:
    expected = read_day(folder)
    for path in folder.glob("*.csv"):
        rewritten(path, str, encoding)
    assert read_day(folder) == expected


@pytest.mark.parametrize("written", ["2024/5/21", "2024-05-21", "2024.5.21", "2024年5月21日"])
def test_a_day_is_written_as_people_write_one(folder: Path, written: str) -> None:
    first_cell(folder, "filed_on", written, "residents")
    assert read_day(folder).residents[0]["filed_on"] == "2024-05-21"


@pytest.mark.parametrize("written", ["2024/5/21 7:30", "2024-05-21T07:30:00+08:00"])
def test_a_time_without_an_offset_is_beijings(folder: Path, written: str) -> None:
    first_cell(folder, "entered_at", written)
    assert read_day(folder).lots[0]["entered_at"] == "2024-05-21T07:30:00+08:00"


@pytest.mark.parametrize(
    ("written", "read"), [('"545,899.20"', "545899.20"), ("545899.2", "545899.2"), ("7", "7")]
)
def test_commas_between_thousands_are_no_decimals(folder: Path, written: str, read: str) -> None:
    first_cell(folder, "value", written)
    assert read_day(folder).lots[0]["value"] == read


def test_a_row_of_commas_is_no_row(folder: Path) -> None:
    expected = read_day(folder)
    for path in folder.glob("*.csv"):
        commas = "," * path.read_text(encoding="utf-8").split("\n")[0].count(",")
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{commas}\n{commas}\n")
    assert read_day(folder) == expected


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("net_kg", "1,5"),
        ("value", "4.5E+5"),
        ("pieces", ""),
        ("entered_at", "21.05."),
        ("entered_at", "2024-13-01T00:00:00+08:00"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_column(
    folder: Path, column: str, written: str
) -> None:
    first_cell(folder, column, f'"{written}"')
    with pytest.raises(LocalError, match=rf"lots\.csv, line 2, {column}: "):
        read_day(folder)


def test_bytes_that_are_no_text_are_said_to_be_none(folder: Path) -> None:
    (folder / "groups.csv").write_bytes(b"\xff\xff\xff\xff")
    with pytest.raises(LocalError, match="neither UTF-8 nor GB 18030"):
        read_day(folder)
