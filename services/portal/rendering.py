"""How a page is said: templates, words, and values as the reader's language writes them.

Every sentence of a screen stands in a template, in English, as ``_("…", name=…)`` with named
places; the catalogs in ``words/`` have it in Chinese and Vietnamese. Templates escape everything.
"""

from __future__ import annotations

import gzip
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
from jinja2.ext import babel_extract
from jinja2.runtime import Context

from services.kernel.clock import BEIJING
from services.platform import words
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE

SCREEN: Final = "screen"
"""Context in the catalogs of what screens say."""
LANGUAGES: Final = {CHINESE: "中文", VIETNAMESE: "Tiếng Việt", ENGLISH: "English"}
_HERE: Final = Path(str(files("services.portal")))
TEMPLATES: Final = _HERE / "templates"
_ASSETS: Final = _HERE / "assets"
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


@cache
def environment(*folders: Path) -> Environment:
    """The templates of the screens, and of whoever has pages in the same look."""
    env = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = _asset_address
    env.globals["languages"] = LANGUAGES
    env.globals["qr"] = qr
    env.globals["_"] = _said
    env.globals["word"] = _word
    for name, write in _FILTERS.items():
        env.filters[name] = pass_context(partial(_written, write))
    env.filters["beijing_minute_now"] = lambda _: beijing_minute()
    env.filters["minutes"] = lambda seconds: int(seconds) // 60
    return env


def render(name: str, language: str, *folders: Path, **context: Any) -> str:
    """A page in a language."""
    return environment(*folders).get_template(name).render(language=language, **context)


def macros(name: str, language: str) -> Any:
    """The macros of a template, for what is said outside a page."""
    return environment().get_template(name).make_module({"language": language})


def sentences(folder: Path = TEMPLATES) -> Iterator[tuple[str, str]]:
    """Every sentence of the templates and the template it stands in, for the catalogs."""
    for path in sorted(folder.glob("*.html")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_",), (), {"encoding": "utf-8"}):
                text = message[0] if isinstance(message, tuple) else message
                if isinstance(text, str):
                    yield text, path.name


def qr(text: str) -> str:
    """A code that a scanner reads, as a picture that a page carries in itself."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=6, border=3)


@pass_context
def _said(context: Context, sentence: str, /, **facts: Any) -> str:
    language = context["language"]
    template = words.translated(sentence, language, SCREEN)
    return words.filled(template, facts, language)


@pass_context
def _word(context: Context, code: str | None, vocabulary: str) -> str:
    """The word of a code, as the tables have it; nothing for nothing."""
    return "" if code is None else words.word(code, vocabulary, context["language"])


def _written(write: Callable[[Any, str], str], context: Context, value: Any) -> str:
    """A value as a language writes it; a dash for none, so that a cell is never just empty."""
    return "–" if value is None or value == "" else write(value, context["language"])


def _money(value: Mapping[str, str], language: str) -> str:
    return words.money(value, language)


def _amount(value: Mapping[str, str], language: str) -> str:
    """The sum alone, where its currency stands beside it."""
    return words.money(value, language).split("\N{NO-BREAK SPACE}")[0]


def _instant(value: str | datetime, language: str) -> str:
    return words.instant(_moment(value), language)


def _hour(value: str | datetime, language: str) -> str:
    return words.hour(_moment(value), language, now=datetime.now(UTC))


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


def _without_end(rate: str) -> str:
    """A rate without the zeros at its end."""
    return rate.rstrip("0").rstrip(".") if "." in rate else rate


def _moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def beijing_minute(value: datetime | None = None) -> str:
    """A moment as a field for it wants it: Beijing's clock, to the minute."""
    at = (value or datetime.now(UTC)).astimezone(BEIJING)
    return (at - timedelta(seconds=at.second)).strftime("%Y-%m-%dT%H:%M")


_FILTERS: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "money": _money,
    "amount": _amount,
    "number": lambda value, language: words.number(value, language),
    "rate": lambda value, language: words.number(_without_end(value), language),
    "kg": lambda value, language: words.weight(str(value), language),
    "instant": _instant,
    "hour": _hour,
    "day": _day,
    "span": _span,
}
