"""What people bring as a table, and what strangers would like to have taken for one."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from xlsxwriter import Workbook

from services.platform.language import ENGLISH, VIETNAMESE
from services.portal import numbers, sheets
from services.portal.sheets import COUNTED_MAX, ROWS_MAX, Sheet, Unreadable

HEAD = ["参考号", "货值"]
ROWS = [["一", "7000.00"], ["二,三", '"4"']]


def csv_of(rows: list[list[str]], delimiter: str = ",") -> str:
    quoted = [['"{}"'.format(cell.replace('"', '""')) for cell in row] for row in rows]
    return "\r\n".join(delimiter.join(row) for row in quoted) + "\r\n"


def workbook(rows: list[list[object]], **parts: bytes) -> bytes:
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell, day if column == 3 else None)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(f"xl/{name}.bin", part)
    return file.getvalue()


async def why(data: bytes) -> tuple[str, dict[str, object]]:
    with pytest.raises(Unreadable) as refused:
        await sheets.read(data, ENGLISH)
    return refused.value.why, refused.value.facts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "kind"), [("utf-8", "csv"), ("utf-8-sig", "csv"), ("gb18030", "gb18030")]
)
async def test_a_text_is_read_in_each_of_its_codings(
    encoding: str, kind: str, delimiter: str
) -> None:
    found = await sheets.read(csv_of([HEAD, *ROWS], delimiter).encode(encoding), ENGLISH)
    assert found == Sheet(kind, ENGLISH, HEAD, ROWS)  # type: ignore[arg-type]


async def test_a_workbook_is_read_as_somebody_would_have_typed_it() -> None:
    rows: list[list[object]] = [
        ["参考号", "n", "id", "at"],
        ["A", 120000.0, "45068118010101001X", 46344.375],
        ["B", 7000.5, 450681189901010019, 46344.0],
    ]
    found = await sheets.read(workbook(rows), ENGLISH)
    assert (found.kind, found.head) == ("xlsx", rows[0])
    assert found.rows[0] == ["A", "120000", "45068118010101001X", "2026-11-18T09:00:00"]
    assert found.rows[1][1:3] == ["7000.5", "4.50681189901010E+17"]


async def test_a_number_of_a_workbook_is_that_number_in_every_language() -> None:
    rows: list[list[object]] = [["n", "m"], [1.125, "1.125"], [1800.5, "1.800,5"], [7, "7"]]
    found = await sheets.read(workbook(rows), VIETNAMESE)
    assert found.rows == [["1,125", "1.125"], ["1800,5", "1.800,5"], ["7", "7"]]
    assert [[numbers.read(c, VIETNAMESE) for c in row] for row in found.rows] == [
        ["1.125", "1125"],
        ["1800.5", "1800.5"],
        ["7", "7"],
    ]


@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx"])
async def test_what_is_given_back_is_read_again_as_it_was_and_begins_no_formula(
    kind: sheets.Kind,
) -> None:
    nasty = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "plain"]
    sheet = Sheet(kind, ENGLISH, ["a", "b", "c", "d", "e", "f", "g"], [nasty])
    file = sheets.written(sheet)
    assert (await sheets.read(file, ENGLISH)).rows[0] == nasty
    assert sheets.again(kind, ENGLISH, sheets.kept(sheet)) == sheet
    if kind == "xlsx":
        with zipfile.ZipFile(BytesIO(file)) as archive:
            cells = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in cells
        return
    text = file.decode("utf-8-sig" if kind == "csv" else kind)
    (line,) = text.splitlines()[1:]
    for cell in line.split(","):
        assert cell.strip('"')[0] in "'p", cell


async def test_a_file_of_too_many_rows_is_refused_by_their_number_and_kept_by_none() -> None:
    rows = [["a", "b"], *([["1", "2"]] * 20_000)]
    told = {"count": 20_000, "most": ROWS_MAX}
    assert await why(csv_of(rows).encode()) == ("too_many_rows", told)
    assert await why(workbook(rows)) == ("too_many_rows", told)  # type: ignore[arg-type]
    most = await sheets.read(csv_of(rows[: ROWS_MAX + 1]).encode(), ENGLISH)
    assert len(most.rows) == ROWS_MAX


async def test_a_file_of_very_many_rows_is_counted_no_further_than_is_of_use() -> None:
    """Where reading ends is seen by a cell behind it that would be refused as cut."""
    cut = '1,"2'
    told = {"counted": COUNTED_MAX, "most": ROWS_MAX}
    for rows in (COUNTED_MAX + 1, 2 * COUNTED_MAX):
        file = "a,b\r\n" + "1,2\r\n" * rows + cut
        assert await why(file.encode()) == ("far_too_many_rows", told)
    counted = ("a,b\r\n" + "1,2\r\n" * COUNTED_MAX).encode()
    assert await why(counted) == ("too_many_rows", {"count": COUNTED_MAX, "most": ROWS_MAX})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (csv_of([["", ""], ["1", "2"]]).encode(), "empty"),
        ("参考号\r\n一".encode()[:-1], "cut"),
        ('参考号,货值\r\n一,"70'.encode(), "cut"),
        ("参考号\r\n".encode("utf-16"), "not_text"),
        (b"\xff\xff\xff", "not_text"),
        (b"a,b\r\n\x00,1\r\n", "not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_excel"),
        (b"PK\x03\x04 not really", "not_a_workbook"),
        (workbook([["a"]], vbaProject=b"macro"), "macros"),
        (workbook([["a"]], bomb=bytes(65 * 1024 * 1024)), "too_much"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_table_is_said_by_its_kind(data: bytes, code: str) -> None:
    assert (await why(data))[0] == code


async def test_a_sheet_with_a_cell_in_its_last_corner_takes_nothing_of_this_process() -> None:
    """Sixteen thousand columns of a million rows, in a few kilobytes."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "z")
    assert (await why(file.getvalue()))[0] in ("too_much", "not_a_workbook", "too_many_rows")


async def test_an_archive_that_is_no_workbook_is_none() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert (await why(file.getvalue()))[0] == "not_a_workbook"
