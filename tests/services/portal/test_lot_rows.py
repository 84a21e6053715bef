"""A table's rows as lots: grouped by reference, whatever a spreadsheet made of their cells."""

from __future__ import annotations

import json

import pytest

from services.platform.intake import LOT as ROOM
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE
from services.portal import lot_rows
from services.portal.lot_rows import (
    COLUMNS,
    LOTS_MAX,
    LotOfRows,
    code,
    figure,
    lots_of,
    moment,
)
from services.portal.rendering import macros
from services.portal.sheets import ROWS_MAX, Sheet, Unreadable, known

NAMES = {known(name): name for name in (*COLUMNS, *lot_rows.GIVEN_BACK)}
LOT = {
    "reference": "L-1",
    "port": "东兴",
    "customs_office": "7208.0",
    "vehicle_plate": "桂P12345",
    "entered_at": "2026/11/18 9:00",
    "origin": "VN",
    "shipped_from": "VN",
    "seller": "Mong Cai",
    "seller_bank_bic": "BFTVVNVX",
    "hs_code": "０８０１３１００",
    "goods_name": "带壳腰果",
    "lot_net_kg": "1.2E+03",
    "gross_kg": "1,300.5",
    "pieces": "20.0",
    "lot_value": "１４０００",
    "resident_no": "450681189901010019",
}


def row(**cells: str) -> list[str]:
    return [cells.get(name, "") for name in COLUMNS]


def read(*rows: list[str]) -> list[LotOfRows]:
    sheet = Sheet("csv", CHINESE, list(COLUMNS), list(rows))
    return lots_of(sheet, lot_rows.columns_of(sheet, NAMES), {known("东兴"): "DONGXING"}, "G-1")


def faults(lot: LotOfRows) -> list[tuple[int, str, str]]:
    return [(m.row, m.column, m.code) for m in lot.mistakes]


def test_rows_of_one_reference_are_a_lot_and_its_first_row_may_speak_for_it() -> None:
    one, other = read(row(**LOT), row(resident_no="B"), row(**{**LOT, "reference": "L-2"}))
    assert (one.reference, one.rows, other.rows) == ("L-1", [0, 1], [2])
    assert faults(one) == []
    assert one.body == {
        "reference": "L-1",
        "group_code": "G-1",
        "purpose": "RESALE",
        "port": "DONGXING",
        "customs_office": "7208",
        "vehicle_plate": "桂P12345",
        "foreign_plate": None,
        "manifest_no": None,
        "entered_at": "2026-11-18T09:00:00+08:00",
        "origin": "VN",
        "shipped_from": "VN",
        "seller": "Mong Cai",
        "seller_bank_bic": "BFTVVNVX",
        "hs_code": "08013100",
        "goods_name": "带壳腰果",
        "net_kg": "1200",
        "gross_kg": "1300.5",
        "pieces": 20,
        "value": "14000",
        "tickets": [
            {"resident_no": "450681189901010019", "net_kg": "600.000", "value": "7000.00"},
            {"resident_no": "B", "net_kg": "600.000", "value": "7000.00"},
        ],
    }


def test_a_pointer_leads_to_the_row_and_column_it_is_about() -> None:
    (lot,) = read(row(**LOT), row(resident_no="B"))
    assert lot.place_of("/tickets/1/value") == (1, "value")
    assert lot.place_of("/net_kg") == (0, "lot_net_kg")
    assert lot.place_of("/seller") == (0, "seller")
    assert lot.place_of("/tickets") == (0, "resident_no")


def test_what_the_rows_of_a_lot_say_differently_is_pointed_at() -> None:
    (lot,) = read(row(**LOT), row(**{**LOT, "seller": "Other", "resident_no": "B"}))
    assert faults(lot) == [(1, "seller", "differs")]


def test_a_row_that_stands_there_twice_or_breaks_off_is_pointed_at() -> None:
    (lot,) = read(row(**LOT), row(**LOT), row(resident_no="B")[:-2], row(reference="L-1")[:3])
    assert faults(lot) == [(1, "", "row_twice"), (2, "", "row_cut"), (3, "", "row_cut")]


def test_a_number_that_lost_its_digits_is_not_guessed() -> None:
    (lot,) = read(row(**{**LOT, "resident_no": "4.50681E+17"}))
    assert faults(lot) == []
    assert lot.body["tickets"][0]["resident_no"] == "4.50681E+17"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ([*COLUMNS, "Remark"], "heads"),
        (COLUMNS[1:], "heads"),
        ([*COLUMNS, "SELLER"], "head_twice"),
    ],
)
def test_heads_that_are_not_the_models_are_named(head: list[str], code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        lot_rows.columns_of(Sheet("csv", CHINESE, list(head), []), NAMES)
    assert refused.value.why == code


def test_what_was_given_back_is_taken_again_and_columns_may_stand_anywhere() -> None:
    head = [*reversed(COLUMNS), "reason", "remedy"]
    found = lot_rows.columns_of(Sheet("csv", CHINESE, head, []), NAMES)
    assert found == {name: place for place, name in enumerate(reversed(COLUMNS))}


def test_a_file_holds_so_many_lots_and_at_least_one() -> None:
    with pytest.raises(Unreadable) as refused:
        read(*(row(**{**LOT, "reference": f"L-{n}"}) for n in range(201)))
    assert (refused.value.why, refused.value.facts) == (
        "too_many_lots",
        {"count": 201, "most": 200},
    )
    with pytest.raises(Unreadable) as refused:
        read(row(), [])
    assert refused.value.why == "empty"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.2E+05", "120000"),
        ("7,000.50", "7000.50"),
        ("７０００．５", "7000.5"),
        ("7 000", "7000"),
        ("7,5", "7.5"),
        ("7,5000", "7,5000?"),
        ("much", "much?"),
        ("1E+999", "1E+999?"),
    ],
)
def test_a_figure_is_what_was_meant_or_what_the_interface_refuses(written: str, meant: str) -> None:
    assert figure(written, CHINESE) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("8013100.00", "8013100"), ("０８", "08"), ("4.5E+17", "4.5E+17"), ("7.5", "7.5")],
)
def test_a_code_loses_what_a_number_got(written: str, meant: str) -> None:
    assert code(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("46344.375", "2026-11-18T09:00:00+08:00"),
        ("2026-11-18 09:00", "2026-11-18T09:00:00+08:00"),
        ("2026-11-18T09:00:30", "2026-11-18T09:00:30+08:00"),
        ("2026年11月18日 9:05", "2026-11-18T09:05:00+08:00"),
        ("2026-11-18T09:00:00+07:00", "2026-11-18T09:00:00+07:00"),
        ("2026-13-18 09:00", "2026-13-18 09:00"),
        ("18/11/2026 09:00", "18/11/2026 09:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_moment_is_beijings_however_a_spreadsheet_has_it(written: str, meant: str) -> None:
    assert moment(written) == meant


def test_the_fullest_file_fits_into_one_request() -> None:
    each = ROWS_MAX // LOTS_MAX
    rows = [
        row(
            **{
                **(LOT if n % each == 0 else {}),
                "reference": f"L-{n // each}",
                "resident_no": f"{n:018}",
            }
        )
        for n in range(ROWS_MAX)
    ]
    sent = json.dumps({"lots": [lot.body for lot in read(*rows)]}, ensure_ascii=False).encode()
    assert len(sent) < ROOM.size
    assert sent.count(b":") < ROOM.members


def test_a_table_is_read_as_the_page_writes_on_which_it_was_brought() -> None:
    cells = {**LOT, "lot_net_kg": "1.200,5", "gross_kg": "1.300", "pieces": "1.000"}
    cells |= {"lot_value": "14.000,00", "entered_at": "45987,375"}
    sheet = Sheet("csv", VIETNAMESE, list(COLUMNS), [row(**cells)])
    (lot,) = lots_of(sheet, lot_rows.columns_of(sheet, NAMES), {}, "G-1")
    assert {name: lot.body[name] for name in ("net_kg", "gross_kg", "pieces", "value")} == {
        "net_kg": "1200.5",
        "gross_kg": "1300",
        "pieces": 1000,
        "value": "14000.00",
    }
    assert lot.body["entered_at"] == "2025-11-26T09:00:00+08:00"
    assert figure("1,2E+05", VIETNAMESE) == "120000"


def test_a_row_whose_number_was_parted_in_two_cells_is_pointed_at() -> None:
    long = [*row(**LOT, net_kg="1", value="800.00"), "14000.00"]
    (lot,) = read(long, [*row(resident_no="B"), ""])
    assert faults(lot) == [(0, "", "row_long")]


def test_a_time_that_cannot_be_read_is_asked_for_as_the_model_has_it() -> None:
    rows_of = macros("_rows.html", ENGLISH)
    unread = lot_rows.Mistake(
        0, "entered_at", "REQUEST_INVALID", "Write an instant with its offset"
    )
    assert str(rows_of.example("entered_at", 0)).strip() in str(rows_of.remedy(unread))
    assert "offset" not in str(rows_of.remedy(unread))
