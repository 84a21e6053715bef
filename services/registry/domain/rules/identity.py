"""Numbers that name people, firms and banks: check digits, and how little of them is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from stdnum import bic as bic_number
from stdnum.cn import uscc

from services.kernel.bank_text import passes, passes_unmarked
from services.kernel.identity import identity_fault
from services.kernel.rule import rule

_CUSTOMS_CODE: Final = re.compile(r"[0-9]{9}[0-9A-Z]")


@rule("REG-01", source="gb-11643", in_force=date(1999, 7, 1))
def resident_no_is_valid(number: str) -> bool:
    """A resident's identity number names an area, a day of birth, and its check character fits."""
    return identity_fault(number) is None


@rule("REG-02", source="gb-32100", in_force=date(2015, 10, 1))
def credit_code_is_valid(code: str) -> bool:
    """An enterprise's unified social credit code (统一社会信用代码) has a correct check digit."""
    return len(code) == 18 and bool(uscc.is_valid(code))


@rule("REG-03", source="iso-9362", in_force=date(2014, 9, 1))
def bic_is_valid(bic: str) -> bool:
    """A bank's BIC has 8 or 11 characters with a country in them."""
    return bic == bic.upper() and bool(bic_number.is_valid(bic))


@rule("REG-04", source="customs-registration", in_force=date(2014, 3, 13))
def customs_code_is_valid(code: str) -> bool:
    """An enterprise's customs code (海关编码) has ten characters, the first nine digits."""
    return _CUSTOMS_CODE.fullmatch(code) is not None


@rule("REG-13", source="iso-20022", in_force=date(2014, 4, 1))
def banks_pass_it_on(text: str, *, exactly: bool = False) -> bool:
    """What a bank is told of a payer is written in letters that banks pass on across the border.

    A name may lose its marks on the way; ``exactly``: the number of an account loses nothing.
    """
    return passes(text) if exactly else passes_unmarked(text)


_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KINDS: Final = frozenset({("OKP", "Ed25519"), ("EC", "P-256"), ("RSA", None)})


@rule("REG-05", source="rfc-8037", in_force=date(2017, 1, 1))
def public_key_is_acceptable(jwk: Mapping[str, Any]) -> bool:
    """A bank files a public key as a JWK (Ed25519, P-256 or RSA), and never its private part."""
    return (jwk.get("kty"), jwk.get("crv")) in _KINDS and _PRIVATE.isdisjoint(jwk)


def masked_number(number: str) -> str:
    """An identity number as it is shown: area and last two characters."""
    return f"{number[:6]}{'*' * 10}{number[-2:]}"


def masked_phone(phone: str) -> str:
    """A phone number as it is shown."""
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}" if len(national) >= 10 else "****"


_END_TOLD: Final = 8
"""Of a shorter account even its end would tell half of it."""


def masked_account(account: str) -> str:
    """The number of an account as others than who files it see it: its end."""
    return f"****{account[-4:] if len(account) > _END_TOLD else ''}"


def masked_name(name: str) -> str:
    """A name as it is shown: the family name's first character."""
    return f"{name[:1]}**"
