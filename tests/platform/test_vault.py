"""Personal data at rest: sealed, bound to its place, found again by a keyed hash only."""

from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from services.platform.vault import Vault

VAULT = Vault(field_key=os.urandom(32), hash_key=os.urandom(32))


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_in_its_own_place(plain: bytes, context: str) -> None:
    assert VAULT.open(VAULT.seal(plain, context=context), context=context) == plain


def test_a_field_moved_to_another_column_does_not_open() -> None:
    sealed = VAULT.seal("农强阿".encode(), context="residents.name")
    with pytest.raises(InvalidTag):
        VAULT.open(sealed, context="residents.phone")


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    sealed = bytearray(VAULT.seal(b"13049081935", context="residents.phone"))
    sealed[position] ^= 1
    with pytest.raises(InvalidTag):
        VAULT.open(bytes(sealed), context="residents.phone")


def test_another_installations_key_opens_nothing() -> None:
    other = Vault(field_key=os.urandom(32), hash_key=os.urandom(32))
    with pytest.raises(InvalidTag):
        other.open(VAULT.seal(b"x", context="c"), context="c")


def test_the_same_name_sealed_twice_looks_different() -> None:
    assert VAULT.seal(b"same", context="c") != VAULT.seal(b"same", context="c")


def test_a_number_is_found_by_its_keyed_hash_and_by_nobody_without_the_key() -> None:
    number = "450681180101010011"
    other = Vault(field_key=os.urandom(32), hash_key=os.urandom(32))
    assert VAULT.keyed_hash(number) == VAULT.keyed_hash(number)
    assert VAULT.keyed_hash(number) != other.keyed_hash(number)
    assert len(VAULT.keyed_hash(number)) == 32
