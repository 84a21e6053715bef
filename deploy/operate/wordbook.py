"""`tradewindow words`: everything a person may read, from the tables into catalogs and pages.

The tables of the services are the one source: codes, statuses, sentences and words of codes. From
them are written what translators work on (``words/``), what outsiders word kept refusals with
(``contracts/refusals.json``), and tables of ``docs/guide/statuses.md`` and ``docs/glossary.md``.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from services.kernel.mistakes import REQUEST_INVALID
from services.kernel.refusal import PLACE, Reason
from services.manifests import case_kinds
from services.platform import words
from services.platform.language import CHINESE, LANGUAGES, VIETNAMESE
from services.platform.rulebook import CONTEXT, rulebook
from services.portal.rendering import SCREEN, TEMPLATES, sentences

ROOT: Final = Path(__file__).resolve().parents[2]
TRANSLATED: Final = (CHINESE, VIETNAMESE)
PAGES: Final = ("docs/guide/statuses.md", "docs/glossary.md", "docs/rules.md")
CONTRACT: Final = "refusals.json"
_TEMPLATES: Final = (
    TEMPLATES,
    ROOT / "deploy" / "sandbox" / "pages",
    ROOT / "deploy" / "demo" / "pages",
)
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A catalog's date says nothing that its history does not say better; it never changes."""
_HEADER: Final = """\
# Tradewindow: {language}. The English text is the key; `make words` brings in what is new.
# A place such as {{left:kg}} keeps its name and kind in every language.
#"""
_BLOCK: Final = re.compile(
    r"(<!-- tables: (?P<what>[a-z_]+) -->\n).*?(<!-- end of tables -->)", re.DOTALL
)


def bring_in() -> int:
    """Write catalogs and pages anew from the tables; say what waits for a translation."""
    for language in TRANSLATED:
        catalog = updated(language)
        words.catalog_path(language).write_bytes(as_po(catalog))
        waiting = [m for m in catalog if m.id and (m.fuzzy or not m.string)]
        print(f"{language}: {len(catalog)} entries, {len(waiting)} to translate")
    for name, text in pages().items():
        (ROOT / name).write_text(text, encoding="utf-8")
    return 0


def entries() -> Iterator[tuple[str, str, str]]:
    """Everything to be said in every language: its context, the English text, whose it is."""
    for key, reason in words.reasons().items():
        yield words.TITLE, reason.title, reason.code
        yield "", reason.sentence, key
    for vocabulary, codes in words.vocabularies().items():
        for code, text in codes.items():
            yield vocabulary, text, code
    for kind in case_kinds().values():
        yield from (("", wait.detail, wait.code) for wait in kind.states.every_wait())
    yield from (
        ("", text, "instant") for text in (words.IN_BEIJING, words.IN_BOTH, words.HOUR_IN_BOTH)
    )
    yield "list", words.NONE, "empty list"
    for rule in rulebook().values():
        yield CONTEXT, rule.law, rule.code
    for folder in _TEMPLATES:
        yield from ((SCREEN, text, page) for text, page in sentences(folder))


def updated(language: str) -> Catalog:
    """The catalog of a language with what the tables say now; what changed waits as fuzzy."""
    with words.catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=words.LOCALES[language])
    template = Catalog(creation_date=_SINCE)
    for context, text, whose in entries():
        template.add(text, context=context or None, auto_comments=[whose])
    catalog.update(template, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """A catalog as its file has it: the same content gives the same bytes."""
    catalog.header_comment = _HEADER.format(language=catalog.locale_identifier)
    catalog.project, catalog.version = "tradewindow", "1"
    catalog.creation_date = catalog.revision_date = _SINCE
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "tradewindow"
    catalog.fuzzy = False
    file = io.BytesIO()
    write_po(file, catalog, width=0, sort_output=True)
    lines = file.getvalue().decode().splitlines()
    return (
        "\n".join(line for line in lines if not line.startswith('"Generated-By')) + "\n"
    ).encode()


def contract() -> str:
    """Every code with its status, its title and its sentences in every language, as JSON."""
    said: dict[str, Any] = {}
    for key, reason in sorted(words.reasons().items()):
        entry = said.setdefault(
            reason.code,
            {
                "status": reason.status,
                "title": _in_all(reason.title, words.TITLE),
                "sentences": {},
            },
        )
        entry["sentences"][key] = _in_all(reason.sentence)
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _in_all(text: str, context: str = "") -> dict[str, str]:
    return {language: words.translated(text, language, context) for language in LANGUAGES}


def pages() -> dict[str, str]:
    """The pages whose tables are written from ours, as they are to be."""
    return {name: _filled((ROOT / name).read_text(encoding="utf-8")) for name in PAGES}


def _filled(page: str) -> str:
    return _BLOCK.sub(lambda block: f"{block[1]}{_table(block['what'])}{block[3]}", page)


def _table(what: str) -> str:
    """A table of a page: of a vocabulary, of all codes' titles, or of a room's refusals."""
    vocabulary = words.vocabularies().get(what)
    if vocabulary is not None:
        return _glossary(_states(vocabulary), what)
    if what == "titles":
        titles = {r.code: r.title for r in words.reasons().values() if not r.name}
        return _glossary(dict(sorted(titles.items())), words.TITLE)
    if what.startswith("rules_of_"):
        return _rules(what.removeprefix("rules_of_"))
    if what == "waits":
        return _glossary(_waits(), "")
    return _statuses(words.rooms()[what.removeprefix("refusals_")])


def _rules(service: str) -> str:
    """The rules of a service with the law that each comes from."""
    head = "| code | the rule | 中文 | Tiếng Việt | law | since |\n|---|---|---|---|---|---|\n"
    rows = (
        [
            f"`{rule.code}`",
            rule.law,
            *(words.translated(rule.law, language, CONTEXT) for language in TRANSLATED),
            f"[{rule.source}](law.md#{rule.source})",
            f"{rule.in_force}" + (f", until {rule.until}" if rule.until else ""),
        ]
        for rule in rulebook().values()
        if rule.service == service
    )
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _states(vocabulary: Mapping[str, str]) -> dict[str, str]:
    """The codes that are shown to people; acts (in small letters) only stand in sentences."""
    shown = {code: text for code, text in vocabulary.items() if code.isupper()}
    return shown or dict(vocabulary)


def _waits() -> dict[str, str]:
    return {w.code: w.detail for kind in case_kinds().values() for w in kind.states.every_wait()}


def _glossary(rows: Mapping[str, str], context: str) -> str:
    head = "| code | English | 中文 | Tiếng Việt |\n|---|---|---|---|\n"
    said = (
        [f"`{code}`", text, *(words.translated(text, lang, context) for lang in TRANSLATED)]
        for code, text in rows.items()
    )
    return head + "".join(f"| {' | '.join(row)} |\n" for row in said)


def _statuses(reasons: Mapping[str, Reason]) -> str:
    """Each code with all that a person may be told under it."""
    told: dict[str, list[Reason]] = {}
    for reason in reasons.values():
        if reason.code == REQUEST_INVALID.code:
            continue  # fifty sentences, each of which stands beside its field
        told.setdefault(reason.code, []).append(reason)
    rows = (
        f"| `{code}` | {said[0].status} | {said[0].title} | {' · '.join(_plain(r) for r in said)} |"
        for code, said in told.items()
    )
    return (
        "| code | status | in short | what is said |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _plain(reason: Reason) -> str:
    """A sentence with its places shown as such."""
    return PLACE.sub(r"‹\1›", reason.sentence.replace("<", "&lt;")).replace("|", "\\|")
