"""The same thing written otherwise is the same thing, and what is another stays another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.kernel import canonical
from services.kernel.fields import (
    Bic,
    Country,
    HsCode,
    Label,
    ListedPlate,
    PersonText,
    Phone,
    Plate,
)
from services.kernel.mistakes import PLATE_LETTER
from tests.support.spellings import CODE, NAME, NUMBER, PLATE, unaccented

KEYS = {
    "plate": canonical.plate_key,
    "name": canonical.name_key,
    "name without accents": canonical.name_without_accents,
    "number": canonical.number_key,
    "reference": canonical.reference_key,
    "code": canonical.code,
    "commodity code": canonical.commodity_code,
    "BIC": canonical.bic,
    "party": canonical.party_key,
}
SELLER = "Công ty Vịnh Phát Đại"


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@given(text=st.text())
def test_a_canonical_form_is_its_own(key: Callable[[str], str], text: str) -> None:
    assert key(key(text)) == key(text)


@pytest.mark.parametrize("key", [canonical.plate_key, canonical.name_key, canonical.number_key])
@given(text=st.text(), mark=st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad\u202e\ufe0f\u034f· -."))
def test_marks_and_separators_between_letters_change_nothing(
    key: Callable[[str], str], text: str, mark: str
) -> None:
    spelled = key(text)
    assert key(mark.join(spelled)) == spelled


@given(text=st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1))
def test_names_are_compared_in_any_case(text: str) -> None:
    assert canonical.name_key(text.casefold()) == canonical.name_key(text)


@pytest.mark.parametrize("way", PLATE)
def test_a_truck_is_one_however_its_plate_is_written(way: str) -> None:
    assert canonical.plate_key(PLATE[way]("桂P12345")) == "桂P12345"


@pytest.mark.parametrize("way", NAME)
def test_a_seller_is_one_however_its_name_is_written(way: str) -> None:
    assert canonical.name_key(NAME[way](SELLER)) == canonical.name_key(SELLER)


@pytest.mark.parametrize("way", NUMBER)
def test_a_manifest_is_one_however_its_number_is_written(way: str) -> None:
    assert canonical.number_key(NUMBER[way]("M-2026/0042a")) == "m20260042a"


@pytest.mark.parametrize("way", [way for way in CODE if "digits" not in way])
def test_a_commodity_is_one_however_its_code_is_written(way: str) -> None:
    assert canonical.commodity_code(CODE[way]("08013100")) == "08013100"


def test_what_is_another_stays_another() -> None:
    assert canonical.plate_key("桂P12345") != canonical.plate_key("桂P12354")
    assert canonical.name_key("Lê Văn Bắc") != canonical.name_key("Lê Văn Bạc")
    assert canonical.reference_key("2026/1-12") != canonical.reference_key("2026/11-2")
    assert canonical.name_without_accents(unaccented(SELLER)) == canonical.name_without_accents(
        SELLER
    )


def test_a_reference_is_one_whatever_separates_its_parts() -> None:
    written = ("INV 2026/0042", "inv-2026-0042", "ＩＮＶ_2026.0042", "inv\u200b 2026-0042")
    assert {canonical.reference_key(text) for text in written} == {"inv-2026-0042"}


def test_a_citizen_is_one_however_the_number_is_written() -> None:
    written = ("45068118010101001x", "'45068118010101001X", "450681 18010101 001X")
    assert {canonical.identity_number(text) for text in written} == {"45068118010101001X"}
    full_width = "４５０６８１１８０１０１０１００１Ｘ"
    assert canonical.identity_number(f"\ufeff{full_width}") == "45068118010101001X"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13900001234", "+8613900001234"),
        ("+86 139 0000 1234", "+8613900001234"),
        ("0086-139-0000-1234", "+8613900001234"),
        ("（+86）13900001234", "+8613900001234"),
        ("１３９００００１２３４", "+8613900001234"),
        ("（0770）2861234", "+867702861234"),
        ("0770—2861234", "+867702861234"),
        ("+86 (0770) 2861234", "+867702861234"),
        ("010 1234 5678", "+861012345678"),
        ("+84 912 345 678", "+84912345678"),
        ("0084912345678", "+84912345678"),
    ],
)
def test_a_telephone_is_one_however_it_is_written(written: str, kept: str) -> None:
    assert TypeAdapter(Phone).validate_python(written) == kept
    assert canonical.phone(kept) == kept


@pytest.mark.parametrize(
    "written", ["-----", "1390000123", "0770286123", "12345", "+", "+86", "13900001234x", "(((1"]
)
def test_where_no_telephone_rings_it_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(ValidationError, match="area or country code"):
        TypeAdapter(Phone).validate_python(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("古丽·买买提江", "古丽·买买提江"),
        ("阿卜杜热合曼·麦麦提明·图尔荪江巴依", "阿卜杜热合曼·麦麦提明·图尔荪江巴依"),
        ("𠮷田", "𠮷田"),
        ("Nguye\u0302\u0303n  Thi\u0323", "Nguyễn Thị"),
        ("\ufeff农\u200b强阿 ", "农强阿"),
    ],
)
def test_a_persons_name_is_kept_as_it_is_and_cleaned_of_what_nobody_sees(
    written: str, kept: str
) -> None:
    assert TypeAdapter(PersonText).validate_python(written) == kept


@pytest.mark.parametrize("written", ["农\n强", "农\x00强", "\u202e农强", "\u200b", "·", "  ", ""])
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PersonText).validate_python(written)


@pytest.mark.parametrize(
    ("kind", "written"),
    [(Plate, "桂\u042012345"), (Label, "C\u043eng ty"), (Country, "XX"), (HsCode, "081")],
    ids=["a Cyrillic R on a plate", "a Cyrillic o in a name", "no country", "three digits"],
)
def test_what_only_looks_like_the_thing_is_refused(kind: type, written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize(
    ("plate", "letter", "digit"),
    [("桂P555O1", "O", "0"), ("桂p·5550i", "I", "1"), ("云N O1234D", "O", "0")],
)
def test_a_letter_that_no_chinese_plate_has_is_named_with_the_digit_that_it_looks_like(
    plate: str, letter: str, digit: str
) -> None:
    for kind in (Plate, ListedPlate):
        with pytest.raises(ValidationError) as refused:
            TypeAdapter(kind).validate_python(plate)
        (error,) = refused.value.errors()
        assert error["ctx"]["error"].refusal == PLATE_LETTER.at(letter=letter, digit=digit)


@pytest.mark.parametrize("plate", ["京O12345", "桂P5550Q", "30H-OI123", "MDY 1O-1234", "SHN/1I-1"])
def test_a_plate_of_another_form_is_taken_as_it_is_written(plate: str) -> None:
    assert TypeAdapter(Plate).validate_python(plate) == plate


def test_a_head_office_is_the_bank_itself() -> None:
    assert TypeAdapter(Bic).validate_python("bftvvnvxxxx") == "BFTVVNVX"
    assert TypeAdapter(Bic).validate_python("BFTVVNVX001") == "BFTVVNVX001"
