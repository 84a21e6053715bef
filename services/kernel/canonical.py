"""The same thing written otherwise is the same thing: one canonical form for everything compared.

What was written is kept and shown; what is compared, looked up and unique is the form made here and
nowhere else: compatibility forms (full width, ligatures) as plain ones, case folded where the thing
has no case, separators and marks that nobody sees left out, accents composed. Every function may be
applied to its own result and changes it no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

# Nobody sees these, though Unicode files them under letters and marks: fillers, variation
# selectors, the grapheme joiner, the empty Braille cell. Format characters (Cf) come on top.
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0000-\U000e0fff]"
)
_SPACES: Final = re.compile(r"\s+")
_SEPARATORS: Final = re.compile(r"[\W_]+")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"0(10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8}")
_ABROAD: Final = re.compile(r"[1-9][0-9]{6,14}")
_PHONE_SIGNS: Final = re.compile(r"\+?[0-9 ().\-/]*")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\u30fb\u00b7]")
_CHINA: Final = "86"
_PROVINCES: Final = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_CHINESE_PLATE: Final = re.compile(f"[{_PROVINCES}][A-Z](?P<serial>.*)")
_REMEMBERED: Final = 4096


def visible(text: str) -> str:
    """The text without marks that nobody sees."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", text)
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def shown(text: str) -> str:
    """What was written, as it is kept for show: composed, one space between words, none around."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", visible(text))).strip()


@lru_cache(maxsize=_REMEMBERED)
def plate_key(text: str) -> str:
    """A vehicle's plate: 桂P·12345, 桂p12345 and 桂P 12345 are one. Plates carry no accents."""
    return _settled(text, _plate_step)


@lru_cache(maxsize=_REMEMBERED)
def name_key(text: str) -> str:
    """The name of a party, seller or group; with another accent it is another name."""
    return _settled(text, _name_step)


@lru_cache(maxsize=_REMEMBERED)
def name_without_accents(text: str) -> str:
    """A name as somebody writes it who leaves out its accents, for lists that rather hit."""
    return _settled(text, _bare_step)


def words_without_accents(text: str) -> list[str]:
    """The words of a name, each as ``name_without_accents`` writes it."""
    spaced = _SEPARATORS.sub(" ", _without_accents(visible(unicodedata.normalize("NFKC", text))))
    return [key for word in spaced.split() if (key := name_without_accents(word))]


@lru_cache(maxsize=_REMEMBERED)
def number_key(text: str) -> str:
    """A number or code that a register gave (manifest, group, seller, filing): M-0042 is m0042."""
    return _settled(text, _name_step)


def party_key(party: str) -> str:
    """A party by its kind and code: ``Group: dx-g001`` is ``group:DX-G001``."""
    kind, _, rest = party.partition(":")
    return f"{number_key(kind)}:{number_key(rest)}"


def reference_key(text: str) -> str:
    """A party's own reference. Where its separators stand tells references apart (1-12, 11-2),
    which ones they are does not."""
    return _settled(text, _reference_step)


def code(text: str) -> str:
    """A code of letters and digits that has one spelling (BIC, credit code, country): capitals."""
    return _settled(text, _plate_step)


def identity_number(text: str) -> str:
    """A citizen's number as its 18 characters (GB 11643): spaces, dashes and the apostrophe of a
    spreadsheet left out, the check character X a capital."""
    return code(text)


def commodity_code(text: str) -> str:
    """A commodity code without the dots that tariffs print: 0810.90.30 is 08109030."""
    return _settled(text, _digits_step)


def bic(text: str) -> str:
    """A bank's BIC; the head office's branch code XXX says nothing (ISO 9362)."""
    written = code(text)
    return written[:8] if len(written) == 11 and written.endswith("XXX") else written


def phone(text: str) -> str:
    """A telephone number with its country: +86 and the number, or + and a foreign one.

    Raises ValueError when no telephone rings under it: a mobile number has 11 digits, a landline
    its area code.
    """
    written = _DASHES.sub("-", _digits_as_ascii(unicodedata.normalize("NFKC", visible(text))))
    written = _SPACES.sub(" ", written).strip()
    if not _PHONE_SIGNS.fullmatch(written.replace("(+", "+")):
        raise ValueError(_PHONE_SAID)
    digits = re.sub(r"[^0-9]", "", written)
    if "+" in written or digits.startswith("00"):
        return _with_country(digits.removeprefix("00"))
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return _with_country(_CHINA + digits)
    if digits.startswith(_CHINA) and _MOBILE.fullmatch(digits[2:]):
        return _with_country(digits)
    raise ValueError(_PHONE_SAID)


_PHONE_SAID: Final = "no telephone rings under this"


def _with_country(digits: str) -> str:
    """Digits that begin with a country code as one number. Raises ValueError."""
    if digits.startswith(_CHINA):
        national = digits[len(_CHINA) :]
        if not _MOBILE.fullmatch(national):
            national = "0" + national.removeprefix("0")
            if not _LANDLINE.fullmatch(national):
                raise ValueError(_PHONE_SAID)
        return f"+{_CHINA}{national.removeprefix('0')}"
    if not _ABROAD.fullmatch(digits):
        raise ValueError(_PHONE_SAID)
    return f"+{digits}"


def is_of_one_alphabet(text: str) -> bool:
    """Whether no letter stands in for one of another alphabet that looks like it (Р for P).

    Latin letters do not mix with Greek or Cyrillic ones in a name; Chinese and Burmese ones do.
    """
    if text.isascii():
        return True
    alphabets = {unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha()}
    return len(alphabets & {"LATIN", "GREEK", "CYRILLIC"}) <= 1


def has_look_alikes(text: str) -> bool:
    """Whether letters are Greek or Cyrillic; on a plate of this border there are none."""
    return not text.isascii() and any(
        unicodedata.name(sign, "").startswith(("GREEK", "CYRILLIC")) for sign in text
    )


def letter_no_plate_has(text: str) -> str | None:
    """The first O or I in the serial of a Chinese plate, None where there is none.

    Serials are issued without these two (GA 36), so that nobody takes them for 0 and 1: a plate
    that has one is mistyped, and would be a truck beside the one that it is. Plates of other
    countries are taken as they are written.
    """
    found = _CHINESE_PLATE.match(plate_key(text))
    return next((sign for sign in found["serial"] if sign in "OI"), None) if found else None


def _settled(text: str, step: Callable[[str], str]) -> str:
    """Steps repeated until nothing changes: folding can open what composing had closed."""
    while (following := step(text)) != text:
        text = following
    return text


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", text)).casefold())


def _name_step(text: str) -> str:
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    kept = (sign for sign in _folded(text) if unicodedata.category(sign)[0] in "LNM")
    return unicodedata.normalize("NFKC", _digits_as_ascii("".join(kept)))


def _bare_step(text: str) -> str:
    return _name_step(text if text.isascii() else _without_accents(_folded(text)))


def _plate_step(text: str) -> str:
    return unicodedata.normalize("NFKC", _bare_step(text).upper())


def _digits_step(text: str) -> str:
    plain = _digits_as_ascii(unicodedata.normalize("NFKC", visible(text)))
    return re.sub(r"[\s.,\-\u2010-\u2015\u2212\u00b7]", "", plain)


def _reference_step(text: str) -> str:
    return _SEPARATORS.sub("-", _digits_as_ascii(_folded(text))).strip("-")


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    whole = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return unicodedata.normalize("NFKC", whole)


def _digits_as_ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
