"""How a page is said: templates, words, and values as the reader's language writes them.

Every sentence of a screen stands in a template, in English, as ``_("…", name=…)`` with named
places; the catalogs in ``words/`` have it in Chinese and Vietnamese. Templates escape everything.
"""

from __future__ import annotations

import gzip
import re
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import Extension, babel_extract
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context

from services.kernel.clock import BEIJING
from services.platform import words
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE
from services.portal.accounts import owner

SCREEN: Final = "screen"
"""Context in the catalogs of what screens say."""
LANGUAGES: Final = {CHINESE: "中文", VIETNAMESE: "Tiếng Việt", ENGLISH: "English"}
_HERE: Final = Path(str(files("services.portal")))
TEMPLATES: Final = _HERE / "templates"
_ASSETS: Final = _HERE / "assets"
_BRACKET: Final = re.compile(r"\([^)]*\)")
"""Another clock's hour beside an hour, which breaks into no two lines in a narrow cell."""
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages load: its bytes, packed, and the name under which it never changes."""

    name: str
    media_type: str
    plain: bytes
    packed: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """Every asset by its name with its digest in it: ``portal.3f2a….css``."""
    found = {}
    for path in sorted(_ASSETS.iterdir()):
        if path.suffix not in _TYPES:
            continue
        plain = path.read_bytes()
        mark = b32encode(sha256(plain).digest())[:12].decode().lower()
        name = f"{path.stem}.{mark}{path.suffix}"
        found[name] = Asset(name, _TYPES[path.suffix], plain, gzip.compress(plain, 9, mtime=0))
    return found


@cache
def _asset_address(stem: str) -> str:
    """Where an asset is, by its plain name: ``portal.css``."""
    base, _, suffix = stem.rpartition(".")
    name = next(n for n in assets() if n.startswith(f"{base}.") and n.endswith(f".{suffix}"))
    return f"/portal/assets/{name}"


_METHODS: Final = frozenset(dir(dict))
_CALL: Final = ("name:_", "lparen", "string", "rparen")
"""What stands in a template for a sentence without values."""


class Pages(Environment):
    """Templates whose values are what the interface answers."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of an answer at once, which is first sought among the methods else."""
        if type(obj) is dict and attribute in obj and attribute not in _METHODS:
            return obj[attribute]
        return super().getattr(obj, attribute)


class SaidOnce(Extension):
    """A sentence without values is its words already where a template is read, for the language of
    its environment: a list says the heads of its columns beside every cell."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The template's tokens, each ``_("…")`` of nothing but the sentence as its words."""
        language = str(self.environment.globals["language"])
        held: list[Token] = []
        for token in stream:
            held.append(token)
            if token.test(_CALL[len(held) - 1]):
                if len(held) == len(_CALL):
                    yield Token(token.lineno, "string", _words(held[2].value, {}, language))
                    held = []
                continue
            if token.test(_CALL[0]):
                yield from held[:-1]
                held = held[-1:]
            else:
                yield from held
                held = []
        yield from held


@cache
def environment(language: str, *folders: Path) -> Environment:
    """The templates of the screens in a language, and of whoever has pages in the same look."""
    env = Pages(
        extensions=[SaidOnce],
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["language"] = language
    env.globals["asset"] = _asset_address
    env.globals["languages"] = LANGUAGES
    env.globals["qr"] = qr
    env.globals["_"] = _said
    env.globals["word"] = _word
    env.globals["codes"] = words.codes
    env.globals["states"] = words.states
    env.globals["colon"] = pass_context(partial(_mark, ("\N{FULLWIDTH COLON}", ": ")))
    env.globals["gap"] = pass_context(partial(_mark, ("", " ")))
    env.globals["comma"] = pass_context(partial(_mark, ("\N{IDEOGRAPHIC COMMA}", ", ")))
    for name, write in _FILTERS.items():
        env.filters[name] = pass_context(partial(_written, write))
    env.filters["typed_number"] = pass_context(_typed_number)
    env.filters["figure"] = pass_context(_figure)
    env.filters["beijing_minute_now"] = lambda _: beijing_minute()
    env.filters["from_the_start"] = from_the_start
    env.filters["owner"] = owner
    env.filters["minutes"] = lambda seconds: int(seconds) // 60
    return env


def render(name: str, language: str, *folders: Path, **context: Any) -> str:
    """A page in a language."""
    return environment(language, *folders).get_template(name).render(**context)


def macros(name: str, language: str) -> Any:
    """The macros of a template, for what is said outside a page."""
    return environment(language).get_template(name).module


def sentences(folder: Path = TEMPLATES) -> Iterator[tuple[str, str]]:
    """Every sentence of the templates and the template it stands in, for the catalogs."""
    for path in sorted(folder.glob("*.html")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_",), (), {"encoding": "utf-8"}):
                text = message[0] if isinstance(message, tuple) else message
                if isinstance(text, str):
                    yield text, path.name


def sentence(said: str, language: str) -> str:
    """A sentence of the templates without values, as a language says it."""
    return _words(said, {}, language)


def qr(text: str) -> str:
    """A code that a scanner reads, as a picture that a page carries in itself."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=6, border=3)


@pass_context
def _said(context: Context, sentence: str, /, **facts: Any) -> str:
    return _words(sentence, facts, context["language"])


def _words(sentence: str, facts: Mapping[str, Any], language: str) -> str:
    template = words.translated(sentence, language, SCREEN)
    return words.filled(template, facts, language)


@pass_context
def _word(context: Context, code: str | None, vocabulary: str) -> str:
    """The word of a code, as the tables have it; nothing for nothing."""
    return "" if code is None else words.word(code, vocabulary, context["language"])


def _mark(marks: tuple[str, str], context: Context) -> str:
    """What stands between words or sentences: as Chinese is set, or with the space behind it."""
    return marks[0] if context["language"] == CHINESE else marks[1]


def _written(write: Callable[[Any, str], str], context: Context, value: Any) -> str:
    """A value as a language writes it; a dash for none, so that a cell is never just empty."""
    return "–" if value is None or value == "" else write(value, context["language"])


def _typed_number(context: Context, value: Any) -> str:
    """A number as a field for one holds it, to be read back as the same; nothing for none."""
    return "" if value is None or value == "" else words.number(value, context["language"])


def _figure(context: Context, value: Any) -> str:
    """A number as its reader writes it, or whatever else stands in its place, as it stands."""
    try:
        return _typed_number(context, value)
    except ValueError:
        return str(value)


def _money(value: Mapping[str, str], language: str) -> str:
    return words.money(value, language)


def _amount(value: Mapping[str, str], language: str) -> str:
    """The sum alone, where its currency stands beside it."""
    return words.money(value, language).split("\N{NO-BREAK SPACE}")[0]


def _instant(value: str | datetime, language: str) -> str:
    return words.instant(_moment(value), language)


def _hour(value: str | datetime, language: str) -> str:
    said = words.hour(_moment(value), language, now=datetime.now(UTC))
    return _BRACKET.sub(lambda hanoi: hanoi[0].replace(" ", "\N{NO-BREAK SPACE}"), said)


def _day(value: str | date, language: str) -> str:
    return words.day(date.fromisoformat(value) if isinstance(value, str) else value, language)


def _span(seconds: float, language: str) -> str:
    """How long something is: of days and hours, or hours and minutes, the two largest."""
    whole = max(0, int(abs(seconds)))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes = rest // 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    shown = [(n, unit) for n, unit in parts if n][:2] or [(0, "min")]
    names = _UNITS[language]
    return " ".join(f"{n}{names[unit]}" for n, unit in shown)


_UNITS: Final = {
    ENGLISH: {"d": " d", "h": " h", "min": " min"},
    CHINESE: {"d": "天", "h": "小时", "min": "分钟"},
    VIETNAMESE: {"d": " ngày", "h": " giờ", "min": " phút"},
}


def _other_tongue(text: str, language: str) -> str:
    """Of a text that somebody typed, the language that it is said to be in: of Chinese on a page in
    another, so that it is read aloud and drawn as such; else none."""
    return "zh" if language != CHINESE and _HAN.search(text) else ""


_HAN: Final = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def _without_end(rate: str, least: int = 0) -> str:
    """A rate without the zeros at its end but for ``least`` decimals, by which a column aligns."""
    whole, _, decimals = rate.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def from_the_start(address: str, name: str = "cursor") -> str:
    """A list's address without the place in it from which it is shown, under this name."""
    path, _, query = address.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))
    return f"{path}?{kept}" if kept else path


def beijing_minute(value: datetime | None = None) -> str:
    """A moment as a field for it wants it: Beijing's clock, to the minute."""
    at = (value or datetime.now(UTC)).astimezone(BEIJING)
    return (at - timedelta(seconds=at.second)).strftime("%Y-%m-%dT%H:%M")


_FILTERS: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "money": _money,
    "amount": _amount,
    "number": lambda value, language: words.number(value, language),
    "rate": lambda value, language: words.number(_without_end(value), language),
    "price": lambda value, language: words.number(_without_end(value, 2), language),
    "tenths": lambda value, language: words.number(_without_end(value, 1), language),
    "percent": lambda value, language: words.percent(str(value), language),
    "country": lambda value, language: words.country(value, language),
    "kg": lambda value, language: words.weight(str(value), language),
    "instant": _instant,
    "hour": _hour,
    "day": _day,
    "span": _span,
    "other_tongue": _other_tongue,
}
