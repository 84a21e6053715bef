"""Verifiable draws: anyone can recompute them, nobody can foresee or bend them."""

import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.rules.draw import (
    Officer,
    Purpose,
    RecordedDraw,
    RevealedSeed,
    commitment,
    differences,
    draw_value,
    drawn_order,
    eligible_officers,
)

SEED = bytes(range(32))
seeds = st.binary(min_size=32, max_size=32)
names = st.text("abcdefghij_0123456789", min_size=1, max_size=20)
DAY = date(2026, 5, 8)


@given(seeds, names)
def test_a_draw_is_a_fraction_that_only_seed_and_subject_decide(seed: bytes, subject: str) -> None:
    value = draw_value(seed, Purpose.GOODS, subject)
    assert 0 <= value < 1
    assert value == draw_value(seed, Purpose.GOODS, subject)
    assert -int(value.as_tuple().exponent) <= 10


@given(seeds, names)
def test_anyone_recomputes_a_draw_with_hmac_sha256_alone(seed: bytes, subject: str) -> None:
    digest = hmac.new(seed, f"goods|{subject}".encode(), hashlib.sha256).digest()
    exact = Decimal(int.from_bytes(digest[:8], "big")) / Decimal(2**64)
    value = draw_value(seed, Purpose.GOODS, subject)
    assert 0 <= exact - value < Decimal("1e-10")


@given(seeds, st.sets(names, min_size=2, max_size=12))
def test_the_order_of_officers_does_not_depend_on_how_they_are_listed(
    seed: bytes, officers: set[str]
) -> None:
    one = drawn_order(seed, Purpose.OFFICERS, "ins_1|1", sorted(officers))
    other = drawn_order(seed, Purpose.OFFICERS, "ins_1|1", sorted(officers, reverse=True))
    assert one == other
    assert set(one) == officers
    assert len(one) == len(officers)


@given(seeds, st.sets(names, min_size=3, max_size=8))
def test_leaving_out_an_officer_does_not_reorder_the_others(
    seed: bytes, officers: set[str]
) -> None:
    whole = drawn_order(seed, Purpose.OFFICERS, "x", officers)
    assert drawn_order(seed, Purpose.OFFICERS, "x", whole[1:]) == whole[1:]


def test_every_officer_is_drawn_about_equally_often() -> None:
    officers = [f"ofc_{n}" for n in range(5)]
    drawn = Counter(
        name
        for n in range(5_000)
        for name in drawn_order(SEED, Purpose.OFFICERS, f"case_{n}", officers)[:2]
    )
    assert all(abs(count - 2_000) < 150 for count in drawn.values())


def officer(name: str, **changes: object) -> Officer:
    base = Officer(name, "DX", frozenset({"inspection"}), active=True)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_only_active_skilled_officers_of_the_port_without_conflict_are_eligible() -> None:
    officers = [
        officer("good"),
        officer("elsewhere", port="PX"),
        officer("unskilled", skills=frozenset({"aeo"})),
        officer("away", active=False),
        officer("cousin", conflicts=frozenset({"group:DX-G001"})),
    ]
    found = eligible_officers(
        officers, port="DX", skill="inspection", parties=frozenset({"group:DX-G001"})
    )
    assert found == ("good",)


def revealed() -> RevealedSeed:
    value = draw_value(SEED, Purpose.GOODS, "lot_1")
    eligible = ("ofc_a", "ofc_b", "ofc_c")
    order = drawn_order(SEED, Purpose.OFFICERS, "ins_1|1", eligible)
    draws = (
        RecordedDraw(Purpose.GOODS, "lot_1", value, Decimal("0.05"), value < Decimal("0.05")),
        RecordedDraw(Purpose.OFFICERS, "ins_1|1", eligible=eligible, drawn=order[:2]),
    )
    return RevealedSeed("sed_1", "DX", DAY, 1, commitment(SEED), SEED, draws)


def test_true_draws_under_the_committed_seed_verify() -> None:
    assert differences(revealed()) == ()


def test_another_seed_than_the_committed_one_is_found() -> None:
    assert differences(replace(revealed(), seed=bytes(32)))


def test_a_bent_draw_of_goods_is_found() -> None:
    true = revealed()
    goods = true.draws[0]
    for bent in (
        replace(goods, value=Decimal("0.5000000000")),
        replace(goods, selected=not goods.selected),
        replace(goods, rate=None, selected=True),
    ):
        assert len(differences(replace(true, draws=(bent,)))) >= 1


def test_a_swapped_officer_is_found() -> None:
    true = revealed()
    officers = true.draws[1]
    left_out = next(o for o in officers.eligible if o not in officers.drawn)
    bent = replace(officers, drawn=(officers.drawn[0], left_out))
    assert differences(replace(true, draws=(bent,)))
