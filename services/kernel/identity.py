"""A citizen's identity number (公民身份号码, GB 11643): what keeps a text from being one."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from stdnum.iso7064 import mod_11_2

from services.kernel import refusals
from services.kernel.refusal import Reason

_SHAPE: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OF_15: Final = re.compile(r"[1-9][0-9]{14}")
# What a spreadsheet makes of a number: 4.50681E+17, of which the canonical form keeps this.
_FIGURE: Final = re.compile(r"[0-9]+E[0-9]{1,2}")
_PROVINCE: Final = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""The first two digits of an area (GB/T 2260), with the numbers of residents from Hong Kong, Macao
and Taiwan."""
_CENTURIES: Final = ("18", "19", "20")
"""In which people were born who are, or were, on file."""


def identity_fault(number: str) -> Reason | None:
    """Why a text in its canonical form is no identity number; None when it may be one.

    Its area is one, its day of birth is in the calendar, and its check character fits (ISO 7064 MOD
    11-2). Whether somebody bears it, the register says.
    """
    if _FIGURE.fullmatch(number):
        return refusals.ID_AS_FIGURE
    if _OF_15.fullmatch(number):
        return refusals.ID_OF_15
    if _SHAPE.fullmatch(number) is None:
        return refusals.ID_SHAPE
    if _PROVINCE.match(number) is None:
        return refusals.ID_AREA
    if number[6:8] not in _CENTURIES or _born_on(number) is None:
        return refusals.ID_BIRTH
    return None if mod_11_2.is_valid(number) else refusals.ID_INVALID


def born_on(number: str) -> date:
    """The day of birth in a valid number."""
    day = _born_on(number)
    if day is None:
        raise ValueError("no identity number")
    return day


def _born_on(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
