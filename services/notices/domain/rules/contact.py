"""Contacts: how one is written, how it is shown, and how often its owner is asked for a code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from services.kernel.refusal import Mistake
from services.notices.domain import refusals
from services.notices.domain.model import ChannelName

CODE_HOLDS: Final = timedelta(minutes=15)
CODE_DIGITS: Final = 6
TRIES_MAX: Final = 5
CODES_A_DAY: Final = 2
"""By one person to one contact: whoever asks for codes to a number that is not his uses up his own
and leaves its owner some."""
CODES_TO_A_CONTACT: Final = 6
"""In a day, whoever asks: nobody's telephone is made a target."""
CODES_OF_A_PERSON: Final = 5
"""In a day, to whatever contacts."""
CONFIRMED_FOR: Final = timedelta(days=365)
"""Then a contact is confirmed anew: numbers are given to others, and people leave their posts."""

# Mobile numbers of the two sides of the border, and no other: a number that is dear to call would
# have somebody pay for each code.
_MOBILE: Final = re.compile(r"\+861[3-9][0-9]{9}|\+84[35789][0-9]{8}")
_SPACED: Final = re.compile(r"[ \-.()]")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_ENCODED: Final = "=?"
"""With it begins a word that mail programs read as another one (RFC 2047)."""
_ADDRESS_MAX: Final = 254
_LOCAL_MAX: Final = 64


def contact_of(channel: ChannelName, text: str) -> str:
    """A contact as it is kept: a mobile number in E.164, an address without other letters.

    Raises Mistake for what is none.
    """
    if channel is ChannelName.SMS:
        number = _SPACED.sub("", text.strip())
        if _MOBILE.fullmatch(number) is None:
            raise Mistake(refusals.NOT_A_MOBILE.at())
        return number
    address = text.strip()
    local, _, host = address.rpartition("@")
    fits = len(address) <= _ADDRESS_MAX and len(local) <= _LOCAL_MAX
    if not fits or _ENCODED in local or _ADDRESS.fullmatch(address) is None:
        raise Mistake(refusals.NOT_AN_ADDRESS.at())
    return f"{local}@{host.lower()}"


def counted_as(contact: str) -> str:
    """Under what the codes to a contact are counted: many ways to write one address are one."""
    local, at, host = contact.rpartition("@")
    return f"{local.partition('+')[0]}@{host}".casefold() if at else contact


def masked(channel: ChannelName, contact: str) -> str:
    """A contact as its owner knows it again, and nobody else learns it."""
    if channel is ChannelName.SMS:
        return f"{contact[:3]} ••• {contact[-4:]}"
    local, _, host = contact.rpartition("@")
    return f"{local[0]}•••@{host[0]}•••.{host.rpartition('.')[2]}"


def code_of(digest: bytes) -> str:
    """The six digits of a code, of what the window alone can compute."""
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
