"""What is left of a form whose session ended: what may be kept in the page, what is asked again.

Whoever holds the phone reads the page, signed in or not. So what names a person stands in it
sealed: it opens for an hour, at that form, for who typed it and has signed in again. No file is
kept. What is shown goes by the words of the form itself.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.routing import Match

from services.portal.forms import FORM_MAX
from services.portal.rendering import TEMPLATES, macros, sentence
from services.portal.sessions import Keeper, Session

_HEADS: Final = "_filing_rows.html"
_TABLE: Final = "rows"
"""Of a form after a file: the file's table, which is asked for with the file."""
_NOT_TYPED: Final = frozenset({"form_token", "key", "version", "written_in", "look"})
_PERSONAL: Final = frozenset(
    {
        *("resident_no", "resident_nos", "leader_resident_no", "tickets", "filing_no"),
        *("name", "phone", "contact", "account"),
    }
)
_OF_A_FORM: Final[Mapping[str, frozenset[str]]] = {
    "/portal/screening": frozenset({"value"}),
    "/portal/controls": frozenset({"value"}),
    "/portal/me/phones": frozenset({"code"}),
    "/portal/notices/": frozenset({"code"}),
}
"""What is personal, or a secret, in forms under an address, and not in others."""
SEALED: Final = "sealed"
_NOT_KEPT: Final = frozenset({"form_token", _TABLE, SEALED})
_SEALED_S: Final = 60 * 60
_SEALED_MAX: Final = FORM_MAX // 4
_LONG: Final = frozenset({"tickets"})
_FORM: Final = re.compile(r'<form\b[^>]*?\baction="([^"]+)"')
_PLACE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_FIELDS: Final = (
    re.compile(r'\("(?P<name>\w+)", _\("(?P<label>[^"]+)"\)'),
    re.compile(
        r'<span>\{\{ _\("(?P<label>[^"]+)"\) \}\}</span>\s*<(?:textarea|input)\b'
        r'(?![^>]*type="(?:hidden|radio|checkbox|file)")[^>]*?\bname="(?P<name>\w+)"'
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that is to be filled in again, by the form's own word for it."""

    name: str
    label: str
    is_long: bool
    value: str = ""
    """What was typed, where who typed it has signed in again."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """A form that was not sent."""

    kept: Sequence[tuple[str, str]] = ()
    """What is sent again from the page, its key and version among it."""
    shown: Sequence[tuple[str, str]] = ()
    """Of that, what was typed, under the form's own words."""
    chosen: bool = False
    """Whether more than that was filled in, such as a choice."""
    asked: Sequence[Asked] = ()
    sealed: str = ""
    """What was typed into those, until then."""
    file: bool = False
    """There was a file in it."""
    table: bool = False
    """It was made of a file's table, and is made again on that file's page."""
    back: str = ""
    """The page of the form."""


def not_sent(
    request: Request,
    language: str,
    typed: Sequence[tuple[str, str]],
    *,
    file: bool,
    table: bool,
) -> NotSent:
    """What is left of a form, for the page that says so."""
    keeper: Keeper = request.app.state.portal.keeper
    session, path = keeper.session(request), request.url.path
    back = page_above(request)
    if table:
        return NotSent(table=True, back=back)
    labels = _labels(path)
    personal = _PERSONAL.union(
        *(names for under, names in _OF_A_FORM.items() if path.startswith(under))
    )

    def said(name: str) -> str:
        if name in labels:
            return sentence(labels[name], language)
        return str(macros(_HEADS, language).head(name, "")).strip()

    kept = [(n, v) for n, v in typed if n not in personal and n not in _NOT_KEPT]
    filled = [(n, v) for n, v in kept if n not in _NOT_TYPED and v]
    shown = [(said(n), v) for n, v in filled if n in labels]
    sealed = _sealed(keeper, path, typed, [(n, v) for n, v in typed if n in personal and v])
    found = [] if session is None else _opened(keeper, session, path, sealed)
    names = dict.fromkeys(n for n, _ in typed if n in personal)
    asked = [
        Asked(name, said(name), name in _LONG, value)
        for name in names
        for value in [v for n, v in found if n == name] or [""]
    ]
    sealed = "" if found else sealed
    return NotSent(kept, shown, len(shown) < len(filled), asked, sealed, file=file, back=back)


def _sealed(
    keeper: Keeper, path: str, typed: Sequence[tuple[str, str]], said: Sequence[tuple[str, str]]
) -> str:
    """What was said of people, for whoever's form it was; empty where that is not known, or where
    it is too much for a page. Sealed before and sent once more, it stays as it was."""
    given = dict(typed)
    if not said:
        return given.get(SEALED, "")
    whose = keeper.whose_form(given.get("form_token", ""))
    if whose is None:
        return ""
    until = time.time() + _SEALED_S
    text = keeper.seal(SEALED, {"whose": whose, "path": path, "until": until, "said": list(said)})
    return text if len(text) <= _SEALED_MAX else ""


def _opened(keeper: Keeper, session: Session, path: str, sealed: str) -> list[tuple[str, str]]:
    """What was sealed, for whom it was, at its form, in its time; else nothing."""
    kept = keeper.opened(SEALED, sealed)
    if kept is None or (kept["whose"], kept["path"]) != (session.whose, path):
        return []
    return [(n, v) for n, v in kept["said"]] if time.time() < kept["until"] else []


async def beginning_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form that stand before its file, read as far as an ordinary form goes: of
    nobody who is signed in no more is read."""
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > FORM_MAX:
            return []
        return _texts(await request.form())
    begun = b""
    async for chunk in request.stream():
        begun += chunk[: FORM_MAX - len(begun)]
        if len(begun) >= FORM_MAX:
            break

    async def again() -> AsyncGenerator[bytes]:
        yield begun

    parser = MultiPartParser(request.headers, again(), max_files=1)
    try:
        return _texts(await parser.parse())
    except (MultiPartException, KeyError, ValueError):
        return []


def _texts(form: FormData) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def page_above(request: Request) -> str:
    """The nearest page above the address of a form."""
    steps = request.url.path.rstrip("/").split("/")
    while len(steps) > len(("", "portal")):
        path = "/".join(steps)
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
        steps.pop()
    return "/portal/"


@cache
def _forms() -> tuple[list[tuple[re.Pattern[str], dict[str, str]]], dict[str, str]]:
    """By the address of each form the words of its fields, as the templates have them; and those
    of fields that are called the same wherever they stand."""
    forms, everywhere = [], dict[str, set[str]]()
    for template in sorted(TEMPLATES.glob("*.html")):
        text = template.read_text(encoding="utf-8")
        for form in _FORM.finditer(text):
            own = _fields(text[form.start() : text.find("</form>", form.start())])
            address = "(.+)".join(re.escape(part) for part in _PLACE.split(form[1]))
            forms.append((re.compile(address), own))
        for name, label in _fields(text).items():
            everywhere.setdefault(name, set()).add(label)
    return forms, {name: one.pop() for name, one in everywhere.items() if len(one) == 1}


def _fields(text: str) -> dict[str, str]:
    return {found["name"]: found["label"] for each in _FIELDS for found in each.finditer(text)}


def _labels(path: str) -> dict[str, str]:
    """The words of a form's fields, by the address that it is sent to."""
    forms, everywhere = _forms()
    labels = dict(everywhere)
    for address, own in forms:
        if address.fullmatch(path):
            labels |= own
    return labels
