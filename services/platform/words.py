"""What a person reads, in his language: sentences of the tables with their values set in.

The English sentence is the key of the catalogs in ``words/``, which are read once, when the first
reader of a language comes. A sentence that a catalog does not have is said in English; a test
fails on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_percent, get_decimal_symbol, get_group_symbol
from babel.units import format_unit

from services.kernel import mistakes, refusals, signature_refusals
from services.kernel.clock import BEIJING
from services.kernel.refusal import PLACE, Fact, Reason
from services.kernel.states import StateTable
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE

_HOUSE: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = _HOUSE / "words"
LOCALES: Final = {ENGLISH: "en", CHINESE: "zh_CN", VIETNAMESE: "vi"}
TITLE: Final = "title"
"""Context in the catalogs of a code's few words; a vocabulary's words have its name for context."""
HANOI: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_DAY: Final = {ENGLISH: "d MMM y", CHINESE: "y年M月d日", VIETNAMESE: "dd/MM/y"}
_DAY_OF_YEAR: Final = {ENGLISH: "d MMM", CHINESE: "M月d日", VIETNAMESE: "dd/MM"}
_HOUR: Final = {ENGLISH: "d MMM y HH:mm", CHINESE: "y年M月d日HH:mm", VIETNAMESE: "HH:mm dd/MM/y"}
IN_BEIJING: Final = "{time} Beijing time"
IN_BOTH: Final = "{time} Beijing time ({hanoi} Hanoi time)"
HOUR_IN_BOTH: Final = "{time} (Hanoi {hanoi})"
NONE: Final = "none"
_BETWEEN: Final = {ENGLISH: ", ", CHINESE: "、", VIETNAMESE: ", "}
_GRAM: Final = Decimal("0.001")
_KG: Final = "{kg}"
_DIGITS: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,12})?")


def catalog_path(language: str) -> Path:
    """Where the words of a language stand."""
    return FOLDER / LOCALES[language] / "LC_MESSAGES" / "tradewindow.po"


def say(sentence: str, facts: Mapping[str, Fact], language: str) -> str:
    """A sentence in a language, its values written as that language writes them."""
    return filled(translated(sentence, language), facts, language)


def filled(template: str, facts: Mapping[str, Fact], language: str) -> str:
    """A sentence that is in its language already, with its values."""
    return PLACE.sub(lambda place: _shown(place[1], place[2] or "", facts, language), template)


def translated(text: str, language: str, context: str = "") -> str:
    """A sentence, or with a context a word, as the language has it; English when it has not."""
    return _catalog(language).get((context, text)) or text


def title_of(code: str, language: str) -> str:
    """A code in a few words."""
    reason = reasons().get(code)
    return code if reason is None else translated(reason.title, language, TITLE)


def word(code: str, vocabulary: str, language: str) -> str:
    """The word of a code of a vocabulary; the code itself when it has none."""
    english = vocabularies().get(vocabulary, {}).get(code)
    return code if english is None else translated(english, language, vocabulary)


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason of every table, by its code, or code and name: ``SPLIT_MISMATCH.weight``."""
    return {key: reason for room in rooms().values() for key, reason in room.items()}


@cache
def rooms() -> Mapping[str, Mapping[str, Reason]]:
    """The reasons by room: a service's own, the ``house``'s, and ``mistakes`` of form."""
    tables = {
        "house": vars(refusals) | vars(signature_refusals),
        "mistakes": vars(mistakes),
        **{name: vars(room) for name, room in _rooms("refusals").items()},
    }
    return {
        name: {key_of(r): r for r in table.values() if isinstance(r, Reason)}
        for name, table in tables.items()
    }


def key_of(reason: Reason) -> str:
    """By what a reason is found again, also in what was kept years ago."""
    return f"{reason.code}.{reason.name}" if reason.name else reason.code


@cache
def vocabularies() -> Mapping[str, Mapping[str, str]]:
    """The words of codes, in English, by vocabulary: states and acts of a case, methods, levels."""
    found: dict[str, Mapping[str, str]] = {}
    for room in _rooms("words").values():
        found |= room.WORDS
    return found


def codes(vocabulary: str) -> tuple[str, ...]:
    """The codes of a vocabulary that is nothing but codes, in the order of its words."""
    return tuple(vocabularies()[vocabulary])


@cache
def states(case: str) -> tuple[str, ...]:
    """Where a kind of case may stand, by its state table, in the order of its life.

    Raises KeyError for what has no table.
    """
    rooms_of_states = _rooms("states").values()
    tables = [t for room in rooms_of_states for t in vars(room).values()]
    found = {table.name: table for table in tables if isinstance(table, StateTable)}
    return tuple(str(state) for state in found[case].every_state())


def _rooms(name: str) -> dict[str, ModuleType]:
    """The module of this name in the domain of every service that has one."""
    found = sorted(path.parts[-3] for path in (_HOUSE / "services").glob(f"*/domain/{name}.py"))
    return {service: import_module(f"services.{service}.domain.{name}") for service in found}


@cache
def _catalog(language: str) -> Mapping[tuple[str, str], str]:
    if language == ENGLISH:
        return {}
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=LOCALES[language], abort_invalid=True)
    return {
        (message.context or "", str(message.id)): str(message.string)
        for message in catalog
        if message.id and not message.fuzzy
    }


def _shown(place: str, kind: str, facts: Mapping[str, Fact], language: str) -> str:
    value = facts.get(place, "–")
    if isinstance(value, list):
        shown = [_one(item, kind, facts, language) for item in value]
        return _BETWEEN[language].join(shown) or translated(NONE, language, "list")
    return _one(value, kind, facts, language)


def _one(value: Any, kind: str, facts: Mapping[str, Fact], language: str) -> str:
    try:
        match kind:
            case "":
                return str(value)
            case "money":
                return money(value, language)
            case "number":
                return number(value, language)
            case "kg":
                return weight(value, language)
            case "day":
                return day(date.fromisoformat(value), language)
            case "instant":
                return instant(datetime.fromisoformat(value), language)
            case "of_case":
                return word(str(value), str(facts.get("case", "")), language)
            case _:
                return word(str(value), kind, language)
    except (ValueError, TypeError, KeyError, InvalidOperation):
        # What was kept years ago may hold another kind of value: it is shown as it is.
        return str(value)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES[language])


def number(value: object, language: str) -> str:
    """A number with all the decimals it has; ValueError when it is none."""
    if _DIGITS.fullmatch(text := str(value)) is None:
        raise ValueError("not a plain number")
    return _grouped(Decimal(text), language)


def _grouped(value: Decimal, language: str) -> str:
    """A number with the marks of a language; a page has hundreds, and a pattern read for each would
    be much of what the page costs."""
    return f"{value:,f}".translate(_marks(language))


@cache
def _marks(language: str) -> Mapping[int, str]:
    locale = _locale(language)
    return str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale)})


def money(value: Mapping[str, str], language: str) -> str:
    """A sum with its currency's code, which is the same in every language: 8,000.00 CNY."""
    return f"{number(value['amount'], language)}\N{NO-BREAK SPACE}{value['currency']}"


def weight(kg: str, language: str) -> str:
    """A weight in kilograms to the gram, without zeros at its end."""
    whole = Decimal(kg).quantize(_GRAM).normalize()
    return _kilograms(language).replace(_KG, _grouped(whole, language))


@cache
def _kilograms(language: str) -> str:
    return format_unit(_KG, "mass-kilogram", "short", locale=_locale(language))


def percent(share: str, language: str) -> str:
    """A share of one as people say it: 0.05 is 5%, with two decimals at most."""
    return format_percent(Decimal(share), format="#,##0.##%", locale=_locale(language))


def country(code: str, language: str) -> str:
    """A country's name; the code itself where it is none."""
    return str(_locale(language).territories.get(code, code))


def day(value: date, language: str) -> str:
    """A calendar day."""
    return format_date(value, _DAY[language], locale=_locale(language))


def day_of_year(value: date, language: str) -> str:
    """A calendar day where the year stands elsewhere, or goes without saying."""
    return format_date(value, _DAY_OF_YEAR[language], locale=_locale(language))


def instant(value: datetime, language: str) -> str:
    """A moment in Beijing time; for Vietnamese readers with Hanoi time beside it."""
    times = {"time": _time(value, BEIJING, language)}
    if language != VIETNAMESE:
        return say(IN_BEIJING, times, language)
    return say(IN_BOTH, {**times, "hanoi": _time(value, HANOI, language)}, language)


def hour(value: datetime, language: str, *, now: datetime) -> str:
    """A moment of today as hour and minute, of another day with the day; in Beijing time, for
    Vietnamese readers with Hanoi time beside it."""
    time = _hour(value, BEIJING, language, now)
    if language != VIETNAMESE:
        return time
    # The day stands once, where both clocks show the same one.
    same = value.astimezone(BEIJING).date() == value.astimezone(HANOI).date()
    hanoi = f"{value.astimezone(HANOI):%H:%M}" if same else _hour(value, HANOI, language, now)
    return say(HOUR_IN_BOTH, {"time": time, "hanoi": hanoi}, language)


def _hour(value: datetime, zone: timezone, language: str, now: datetime) -> str:
    at = value.astimezone(zone)
    clock = f"{at:%H:%M}"
    return (
        clock if at.date() == now.astimezone(zone).date() else f"{day(at.date(), language)} {clock}"
    )


def _time(value: datetime, zone: timezone, language: str) -> str:
    local = value.astimezone(zone).replace(tzinfo=None)
    return format_datetime(local, _HOUR[language], locale=_locale(language))
