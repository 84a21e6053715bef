"""One thing in the ways in which people, machines and cheats write it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_SAME_EVERYWHERE: Final[dict[str, Callable[[str], str]]] = {
    "as it is": lambda text: text,
    "small letters": str.lower,
    "capitals": str.upper,
    "full width": lambda text: text.translate(_FULL_WIDTH),
    "a zero-width space": lambda text: f"{text[:2]}\u200b{text[2:]}",
    "a byte order mark": lambda text: f"\ufeff{text}",
    "a soft hyphen": lambda text: f"{text[:-1]}\u00ad{text[-1]}",
    "a joiner": lambda text: f"{text[:1]}\u2060{text[1:]}",
    "a variation selector": lambda text: f"{text[:1]}\ufe00{text[1:]}",
    "spaces around": lambda text: f"  {text}\u3000",
}
PLATE: Final = _SAME_EVERYWHERE | {
    "a middle dot": lambda text: f"{text[:2]}·{text[2:]}",
    "another middle dot": lambda text: f"{text[:2]}・{text[2:]}",
    "a dash": lambda text: f"{text[:2]}-{text[2:]}",
    "a space": lambda text: f"{text[:2]} {text[2:]}",
    "a hard space": lambda text: f"{text[:2]}\u00a0{text[2:]}",
}
NAME: Final = _SAME_EVERYWHERE | {
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "two spaces": lambda text: text.replace(" ", "  "),
    "a final dot": lambda text: f"{text}.",
    "a comma": lambda text: text.replace(" ", ", ", 1),
}
NUMBER: Final = _SAME_EVERYWHERE
CODE: Final = {
    name: _SAME_EVERYWHERE[name]
    for name in ("as it is", "full width", "a zero-width space", "a byte order mark")
} | {
    "dots": lambda text: f"{text[:4]}.{text[4:6]}.{text[6:]}",
    "one dot": lambda text: f"{text[:4]}.{text[4:]}",
    "spaces": lambda text: f"{text[:4]} {text[4:]}",
    "a dash": lambda text: f"{text[:4]}-{text[4:]}",
    "ten digits": lambda text: f"{text}90",
}
COUNTRY: Final = {
    name: _SAME_EVERYWHERE[name]
    for name in ("as it is", "small letters", "full width", "a zero-width space", "spaces around")
}


def unaccented(text: str) -> str:
    """A name as somebody types it without a Vietnamese keyboard."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
