"""A name that is almost a listed one holds the payment, under a reason of its own."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.alike import LETTERS_MIN
from services.settlement.domain.rules import screening
from tests.support.bench import Bench
from tests.support.edits import LETTERS, WORD, edits
from tests.support.on_file import seller_filed

WORDS = st.lists(WORD, min_size=2, max_size=4)


def close(listed: str, named: str) -> bool:
    """Whether a payment to a name is held because of what a list holds of another."""
    entry = {
        h: [("UN", "1")] for h in (screening.name_hash(listed), *screening.close_hashes(listed))
    }
    exact = screening.hits({"seller": [screening.name_hash(named)]}, entry)
    near = {"seller": screening.near_hashes(named)}
    return bool(screening.close_hits(near, entry, exact))


@given(
    listed=st.text(LETTERS, min_size=LETTERS_MIN, max_size=8),
    named=st.text(LETTERS, min_size=1, max_size=8),
)
def test_of_one_word_one_edit_is_found_and_two_are_not(listed: str, named: str) -> None:
    assert close(listed, named) is (edits(listed, named) == 1)


@given(words=WORDS, at=st.integers(0, 3), word=WORD)
def test_one_edit_of_a_word_is_found_wherever_the_word_then_stands(
    words: list[str], at: int, word: str
) -> None:
    at %= len(words)
    listed, named = " ".join(words), " ".join([*words[:at], word, *words[at + 1 :]])
    if edits(words[at], word) == 1 and len(listed.replace(" ", "")) >= LETTERS_MIN:
        assert close(listed, named) or sorted(listed.split()) == sorted(named.split())


@given(words=WORDS, at=st.integers(0, 5), letter=st.sampled_from(LETTERS))
def test_a_letter_of_a_word_more_less_or_another_is_found(
    words: list[str], at: int, letter: str
) -> None:
    words.append("zywba")
    first = words[0]
    at %= len(first)
    for slip in (
        first[:at] + letter + first[at:],
        first[:at] + first[at + 1 :],
        first[:at] + "k" + first[at + 1 :],
    ):
        assert close(" ".join(words), " ".join([*reversed(words[1:]), slip]))


@given(words=WORDS)
def test_a_letter_changed_in_each_of_two_words_is_two(words: list[str]) -> None:
    named = ["k" + words[0][1:], "m" + words[1][1:], *words[2:]]
    assert not close(" ".join(words), " ".join(named))


@given(words=WORDS)
def test_a_space_one_less_or_one_too_many_is_found(words: list[str]) -> None:
    words.append("zywba")
    together = [words[0] + words[1], *words[2:]]
    assert close(" ".join(words), " ".join(together))
    assert close(" ".join(together), " ".join(words))


NUMBERED = [
    ("第一运输公司", "第二运输公司"),
    ("第一运输有限公司", "第十一运输有限公司"),
    ("广西壹号仓储", "广西贰号仓储"),
    ("东兴甲组运输队", "东兴乙组运输队"),
    ("Nguyen Van A1", "Nguyen Van A2"),
    ("Nguyễn Văn Á1", "NGUYEN VAN A12"),
    ("Công ty TNHH Vận tải số 1", "Công ty TNHH Vận tải số 2"),
    ("Cienco 14", "Cienco 41"),
    ("PETEC II JSC", "PETEC III JSC"),
    ("Ocean Star V", "Ocean Star X"),
    ("Ocean Star IV", "Ocean Star VI"),
    ("２号码头公司", "3号码头公司"),
]


@pytest.mark.parametrize(("one", "other"), NUMBERED)
def test_names_that_differ_in_a_number_alone_are_two_names(one: str, other: str) -> None:
    assert not close(one, other)
    assert not close(other, one)


@given(words=WORDS, at=st.integers(0, 5), numbers=st.tuples(*[st.integers(0, 999)] * 2))
def test_no_number_makes_a_name_close_to_one_that_has_another(
    words: list[str], at: int, numbers: tuple[int, int]
) -> None:
    first = words[0]
    at %= len(first) + 1
    one, other = (" ".join([first[:at] + str(n) + first[at:], *words[1:]]) for n in numbers)
    assert not close(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyen Van Phong", "Nguyen Van Ph0ng"),
        ("Red Banyan Trading", "Red Banyan Trading1"),
        ("第一运输公司", "第一运轮公司"),
        ("第一运输公司", "第一运输公司8"),
        ("Nguyen Van A1", "Nguyen Vam A1"),
        ("Nguyen Van A1", "Nguyen Van B1"),
        ("东兴甲组运输队", "东兴申组运输队"),
        ("PETEC II JSC", "PETEC IIA JSC"),
        ("Nguyen Thi Vi", "Nguyen Thi Vu"),
    ],
)
def test_a_letter_beside_a_number_or_for_one_is_a_letter(one: str, other: str) -> None:
    assert close(one, other)
    assert close(other, one)


def test_a_short_name_is_close_to_none() -> None:
    assert not close("Phan", "Phat")
    assert screening.close_hashes("Phan") == ()


@pytest.mark.parametrize(
    "written", ["Red Banyan Sample Tradnig", "Red Banyen Sample Trading", "样本受限货易有限公司"]
)
async def test_the_lists_that_a_window_begins_with_find_what_is_almost_on_them(
    bench: Bench, written: str
) -> None:
    held = await held_for(bench, written)
    assert held["held_for"] == ["NAME_CLOSE"]
    assert [(h["list_name"], h["reason"]) for h in held["hits"]] == [("SAMPLE", "NAME_CLOSE")]


@pytest.mark.parametrize("slip", ["{0}g JSC", "{1}", "{0}", "{2}"])
async def test_a_seller_a_letter_off_a_listed_name_waits_for_two_persons(
    bench: Bench, slip: str
) -> None:
    name = f"{uuid4().hex} Phong"
    await bench.list_name(name)
    held = await held_for(bench, slip.format(name, name[:-1], name.replace("Phong", "Phang")))
    reason = "NAME_HIT" if slip == "{0}" else "NAME_CLOSE"
    assert held["held_for"] == [reason]
    assert [(h["role"], h["list_name"], h["reason"]) for h in held["hits"]] == [
        ("seller", "UN", reason)
    ]
    for officer in ("officer-a", "officer-b"):
        await bench.sign_hold(held["instruction_id"], officer)
    await bench.until(held["instruction_id"], "OFFERED")


@pytest.mark.parametrize(("on_list", "off"), [("Phong", "Phuang"), ("Phong 1", "Phong 2")])
async def test_a_seller_two_letters_off_or_of_another_number_is_paid(
    bench: Bench, on_list: str, off: str
) -> None:
    name = uuid4().hex
    await bench.list_name(f"{name} {on_list}")
    seller = f"{name} {off}"
    await seller_filed(bench.sql, seller)
    answer = await bench.instruct(await bench.lot(seller=seller))
    assert answer.json()["state"] == "OFFERED", answer.text


async def held_for(bench: Bench, seller: str) -> dict[str, Any]:
    """The payment of a lot of this seller's, which is held, as its bank's compliance reads it."""
    await seller_filed(bench.sql, seller)
    instruction_id = await bench.start(await bench.lot(seller=seller))
    await bench.until(instruction_id, "HELD")
    held = await bench.inside(instruction_id)
    assert held["acts"] == ["release", "refuse"]
    # Its payer reads nothing of it.
    told = await bench.read(instruction_id)
    assert (told["held_for"], told["acts"]) == (None, ["cancel"])
    return held
