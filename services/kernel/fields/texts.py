"""Words, names, numbers and codes: cleaned of what nobody sees, said plainly when they are wrong.

Things that have one spelling (a country, a BIC, a commodity code, an identity number) are taken in
any and kept in that one. Things that are shown as written (a plate, a name, a manifest number) are
kept so and compared by their keys (``services.kernel.canonical``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from stdnum import bic as bic_number

from services.kernel import canonical, mistakes
from services.kernel.countries import COUNTRIES
from services.kernel.refusal import Mistake, Reason
from services.kernel.wording import fit_to_keep

_SPELLED_LONGER: Final = 4
"""By how much what was sent may be longer than what is kept of it: dots, spaces, unseen marks."""
_MARK_OF_FILES: Final = "\ufeff"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a text is read: cleaned first, then held against what it must be.

    ``said`` is the whole answer to whoever wrote it wrongly: what to write instead.
    """

    said: Reason
    longest: int
    clean: Callable[[str], str] = canonical.shown
    holds: Callable[[str], bool] = bool
    lines: bool = False
    """Whether it may have several lines."""

    def read(self, text: str) -> str:
        """The text as it is kept. Raises Mistake."""
        if (_LINES if self.lines else _CONTROLS).search(text):
            raise Mistake(mistakes.CONTROL_SIGNS.at())
        cleaned = fit_to_keep(self.clean(fit_to_keep(text.replace(_MARK_OF_FILES, ""))))
        if len(cleaned) > self.longest or not self.holds(cleaned):
            raise Mistake(self.said.at())
        return cleaned

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        length = self.longest * _SPELLED_LONGER
        text = core_schema.str_schema(strict=True, max_length=length)
        return core_schema.no_info_after_validator_function(self.read, text)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "maxLength": self.longest * _SPELLED_LONGER}


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    return bool(canonical.name_key(text)) and canonical.is_of_one_alphabet(text)


def _is_plate(text: str) -> bool:
    return bool(canonical.plate_key(text)) and not canonical.has_look_alikes(text)


def _plate(text: str) -> str:
    """A plate as it was written. Raises Mistake where it has a letter that none has."""
    letter = canonical.letter_no_plate_has(text)
    if letter is not None:
        raise Mistake(mistakes.PLATE_LETTER.at(letter=letter, digit="0" if letter == "O" else "1"))
    return canonical.shown(text)


def _plain(text: str) -> str:
    """Full-width and such as plain characters, without invisible ones and spaces around."""
    return unicodedata.normalize("NFKC", canonical.visible(text)).strip()


def _upper(text: str) -> str:
    return _plain(text).upper()


def _kept(text: str) -> str:
    """Several lines as they were written."""
    return unicodedata.normalize("NFC", text).strip()


def _phone(text: str) -> str:
    try:
        return canonical.phone(text)
    except ValueError:
        raise Mistake(mistakes.PHONE_FORM.at()) from None


def _party(text: str) -> str:
    """``group: DX-G001`` as ``group:DX-G001``: the kind has no case, the code is as filed."""
    kind, colon, rest = _plain(text).partition(":")
    return f"{kind.strip().lower()}{colon}{rest.strip()}"


PersonText = Annotated[str, Shape(mistakes.PERSON_FORM, 120, holds=_is_name)]
"""Words about a person; the vault seals them before they are stored."""
Label = Annotated[str, Shape(mistakes.NAME_FORM, 120, holds=_is_name)]
"""The name of a party or a thing, stored and shown as it was written."""
Title = Annotated[str, Shape(mistakes.TITLE_FORM, 120)]
"""A line of words."""
Remark = Annotated[str, Shape(mistakes.REMARK_FORM, 500, _kept, holds=lambda _: True, lines=True)]
"""Words that may be missing."""
Grounds = Annotated[str, Shape(mistakes.GROUNDS_FORM, 500, _kept, lines=True)]
"""Why something is done."""
Base64Url = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]+$", max_length=16_384)
]
"""Bytes as browsers write them (RFC 4648, 5), without padding."""
Plate = Annotated[
    str,
    Shape(mistakes.PLATE_FORM, 20, _plate, holds=_is_plate),
]
"""A vehicle's plate, as it was written; compared by ``canonical.plate_key``."""
ListedPlate = Annotated[str, Shape(mistakes.PLATE_FORM, 40, _plate, holds=_is_plate)]
"""A plate on somebody's list, which may be one of anywhere."""
Code = Annotated[
    str,
    Shape(
        mistakes.CODE_FORM,
        40,
        _plain,
        _matches(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    ),
]
"""A code that a register gives, as it was written; compared by ``canonical.number_key``."""
ManifestNo = Annotated[
    str,
    Shape(
        mistakes.MANIFEST_FORM,
        64,
        _plain,
        _matches(r"(?=.*[A-Za-z0-9])[A-Za-z0-9._/ -]+"),
    ),
]
"""A manifest's number (舱单号), as it was written; compared by ``canonical.number_key``."""
AccountNo = Annotated[
    str,
    Shape(mistakes.ACCOUNT_FORM, 34, holds=_matches(r"[A-Za-z0-9][A-Za-z0-9./ -]*")),
]
"""The number of an account at a bank as it was written, in what banks pass on of one (ISO 20022,
Max34Text); compared without signs. None is read into another one."""
Reference = Annotated[
    str,
    Shape(
        mistakes.REFERENCE_FORM,
        64,
        _plain,
        _matches(r"(?=.*[A-Za-z0-9])[A-Za-z0-9._/-]+"),
    ),
]
"""A party's own reference, as it was written; compared by ``canonical.reference_key``."""
Badge = Annotated[
    str,
    Shape(mistakes.BADGE_FORM, 40, _plain, _matches(r"[A-Za-z0-9][\w.-]*")),
]
"""An officer's badge."""
Symbol = Annotated[
    str,
    Shape(
        mistakes.SYMBOL_FORM,
        40,
        _upper,
        _matches(r"[A-Z][A-Z0-9_]{0,39}"),
    ),
]
"""The name of a rule, a reason or a process, as programs write it."""
PortCode = Annotated[str, Shape(mistakes.PORT_FORM, 20, canonical.code, _matches("[A-Z]+"))]
"""A port's or market's code; the registry says which there are."""
Country = Annotated[
    str,
    Shape(
        mistakes.COUNTRY_FORM,
        2,
        canonical.code,
        COUNTRIES.__contains__,
    ),
]
"""A country that there is."""
CustomsOffice = Annotated[
    str,
    Shape(mistakes.OFFICE_FORM, 4, canonical.commodity_code, _matches("[0-9]{4}")),
]
"""A customs office (关区代码)."""
HsCode = Annotated[
    str,
    Shape(
        mistakes.HS_FORM,
        13,
        canonical.commodity_code,
        _matches("[0-9]{4,13}"),
    ),
]
"""A commodity code (商品编号) in digits: heading 4, subheading 6, national line 8 or 10, with the
inspection's own three 13. Whether it is one of the Harmonized System is for a rule to say."""
CommodityCode = Annotated[
    str,
    Shape(
        mistakes.COMMODITY_FORM,
        13,
        canonical.commodity_code,
        _matches("[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}|[0-9]{13}"),
    ),
]
"""A commodity code of a length that tariffs have."""
HsPrefix = Annotated[
    str,
    Shape(
        mistakes.PREFIX_FORM,
        13,
        canonical.commodity_code,
        _matches("[0-9]{2,13}"),
    ),
]
"""The beginning of commodity codes."""
Bic = Annotated[
    str,
    Shape(
        mistakes.BIC_FORM,
        11,
        canonical.bic,
        lambda text: bool(bic_number.is_valid(text)),
    ),
]
"""A bank that could be paid (ISO 9362)."""
BicAsFiled = Annotated[str, Shape(mistakes.BIC_FORM, 11, canonical.bic)]
"""The same for a register, where a rule says what is wrong with it."""
CreditCode = Annotated[str, Shape(mistakes.CREDIT_CODE_FORM, 18, canonical.code)]
"""A unified social credit code (统一社会信用代码); its check character is for a rule to judge."""
EnterpriseCode = Annotated[
    str,
    Shape(mistakes.ENTERPRISE_FORM, 10, canonical.code, _matches(".{10}")),
]
"""An enterprise's customs code (海关编码)."""
Phone = Annotated[
    str,
    Shape(mistakes.PHONE_FORM, 24, _phone),
]
"""A telephone number with its country: +86 and the number."""
IdentityNumber = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
"""A person's number as somebody wrote it; ``rules`` read it by ``canonical.code`` and judge it."""
Identifier = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{3}_[0-9a-f]{32}$")]
"""An identifier of ours, copied from an answer."""
PartyCode = Annotated[
    str,
    Shape(
        mistakes.PARTY_FORM,
        80,
        _party,
        _matches(r"(group|enterprise|resident|bank):[A-Za-z0-9][A-Za-z0-9._-]{0,59}"),
    ),
]
"""A party as tokens name it."""
CarrierCode = Annotated[
    str,
    Shape(
        mistakes.PARTY_FORM,
        80,
        _party,
        _matches(r"carrier:[A-Za-z0-9][A-Za-z0-9._-]{0,59}"),
    ),
]
"""A carrier as tokens name it."""
ListedParty = Annotated[
    str,
    Shape(
        mistakes.PARTY_FORM,
        80,
        _party,
        _matches(
            r"(group|enterprise|resident|bank|seller|carrier):[A-Za-z0-9][A-Za-z0-9._-]{0,59}"
        ),
    ),
]
"""A party that has a part in a lot, sellers and carriers by their codes."""
