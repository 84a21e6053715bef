"""Name screening (名单筛查): parties and banks against a list of hashed, normalised names."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from services.kernel.alike import LETTERS_MIN, NUMBER, numberless, of_a_number
from services.kernel.canonical import visible, words_without_accents
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.settlement.domain import refusals
from services.settlement.domain.model import Named
from services.settlement.domain.rules.disputing import GOES_OUT_BESIDE

# What a company calls its legal form says nothing about who it is.
_LEGAL_FORMS: Final = frozenset({"co", "ltd", "limited", "company", "cty", "tnhh", "jsc", "inc"})
_CHINESE_FORMS: Final = ("有限责任公司", "股份有限公司", "有限公司")
# A letter that may be any, and one of a number that may be; no normalised name has them.
_OPEN: Final = "*"
_OPEN_NUMBER: Final = NUMBER
# What may stand in the place of a number's letter: a digit, or the letters of Roman ones.
_IN_NUMBERS: Final = "0ivx"
_REMEMBERED: Final = 256
NAME_HIT: Final = "NAME_HIT"
NAME_CLOSE: Final = "NAME_CLOSE"
SCREENED_AT_TAKING: Final = "SET-39"
EARLIER: Final = "_before"
"""What a part in a payment ends with when it was found under an earlier name."""


def normalised(name: str) -> str:
    """One spelling per name: compatibility forms, case, marks, order of words and legal form."""
    return " ".join(_telling(_words(name)))


def name_hash(name: str) -> bytes:
    """SHA-256 of the normalised name: what the list stores instead of the name."""
    return _hashed(normalised(name))


def close_hashes(name: str) -> tuple[bytes, ...]:
    """The normalised name with each of its letters in turn left open, hashed like the name itself:
    what the list stores beside it, so that a name with another letter there, or none, is found.
    """
    words = _telling(_words(name))
    return _long_enough(
        " ".join((*rest, word[:at] + _open(word, at) + word[at + 1 :]))
        for rest, word in _each(words)
        for at in range(len(word))
    )


@lru_cache(maxsize=_REMEMBERED)
def near_hashes(name: str) -> tuple[bytes, ...]:
    """By what a listed name is found that one edit leads to from this one.

    A letter of a word is another, one too many or left out, two are in each other's place, or a
    space is one too many or left out. What differs in a number alone is another name.
    """
    words = _telling(_words(name))
    numbered = _numberless(words)
    mended = (" ".join(_telling(o)) for o in _mended(words) if _numberless(o) != numbered)
    return _long_enough({*_opened(words), *mended} - {" ".join(words)})


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKC", visible(name))
    for form in _CHINESE_FORMS:
        text = text.replace(form, " ")
    return words_without_accents(text)


def _telling(words: list[str]) -> list[str]:
    return sorted([w for w in words if w not in _LEGAL_FORMS] or words)


def _hashed(form: str) -> bytes:
    return hashlib.sha256(form.encode()).digest()


def _long_enough(forms: Iterable[str]) -> tuple[bytes, ...]:
    return tuple({_hashed(f) for f in forms if len(f.replace(" ", "")) >= LETTERS_MIN})


def _each(words: list[str]) -> Iterator[tuple[list[str], str]]:
    for place, word in enumerate(words):
        yield [*words[:place], *words[place + 1 :]], word


def _open(word: str, at: int) -> str:
    return _OPEN_NUMBER if of_a_number(word, at) else _OPEN


def _numberless(words: list[str]) -> list[str]:
    return sorted(numberless(word) for word in words)


def _opened(words: list[str]) -> Iterator[str]:
    """The words with a letter open, in another's place or between two.

    One of a number too, unless this name has a number there that differs in it alone.
    """
    for rest, word in _each(words):
        bare = numberless(word)
        for at in range(len(word) + 1):
            for after in {word[at:], word[at + 1 :]}:
                yield " ".join((*rest, word[:at] + _OPEN + after))
                if bare == word or all(
                    numberless(word[:at] + letter + after) != bare for letter in _IN_NUMBERS
                ):
                    yield " ".join((*rest, word[:at] + _OPEN_NUMBER + after))


def _mended(words: list[str]) -> Iterator[list[str]]:
    """The words without one letter, with two changed about, or with another space or one less."""
    for rest, word in _each(words):
        for at in range(1, len(word)):
            before, after = word[:at], word[at:]
            yield [*rest, before[:-1] + after]
            yield [*rest, before[:-1] + after[0] + before[-1] + after[1:]]
            yield [*rest, before, after]
        if len(word) > 1:
            yield [*rest, word[:-1]]
        for others, other in _each(rest):
            yield [*others, word + other]


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject of the payment found on a list, by the list's own reference."""

    role: str
    list_name: str
    reference: str
    reason: str = NAME_HIT


@rule("SET-12", source="aml-law", in_force=date(2007, 1, 1))
def hits(
    subjects: Mapping[str, Iterable[bytes]], entries: Mapping[bytes, Iterable[tuple[str, str]]]
) -> tuple[Hit, ...]:
    """Both parties and the beneficiary's bank are compared with every list before money moves."""
    found = {
        Hit(role, list_name, reference)
        for role, hashes in subjects.items()
        for value in hashes
        for list_name, reference in entries.get(value, ())
    }
    return tuple(sorted(found, key=lambda h: (h.role, h.list_name, h.reference)))


@rule("SET-29", source="aml-law", in_force=date(2007, 1, 1))
def names_borne(party: Named) -> tuple[tuple[str, str], ...]:
    """A party is compared with every list under each name that it bore before, too.

    Each with its part in the payment, which says of an earlier name that it is one.
    """
    now = normalised(party.name)
    earlier = [name for name in party.before if normalised(name) != now]
    return ((party.part, party.name), *((f"{party.part}{EARLIER}", name) for name in earlier))


@rule("SET-35", source="aml-law", in_force=date(2007, 1, 1))
def others_named(
    holders: Iterable[tuple[str, str]], *, besides: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Whoever else holds or held an account of a payment is compared with every list, too.

    Each with the part of that account. Who is asked about by the same name anyway is no other.
    """
    asked_about = {normalised(name) for _, name in besides}
    others = {(f"{part}{EARLIER}", name) for part, name in holders}
    return tuple(sorted(one for one in others if normalised(one[1]) not in asked_about))


@rule("SET-38", source="aml-law", in_force=date(2007, 1, 1))
def unseen(found: Iterable[Hit], seen: Iterable[Hit]) -> tuple[Hit, ...]:
    """What compliance lets go is compared with every list anew; what nobody saw holds it anew.

    A name that was close to a listed one, and is on a list itself by now, was not seen there.
    """
    known = {(hit.role, hit.list_name, hit.reference, hit.reason) for hit in seen}
    known |= {(*one[:-1], NAME_CLOSE) for one in known}
    return tuple(h for h in found if (h.role, h.list_name, h.reference, h.reason) not in known)


@rule(SCREENED_AT_TAKING, source="aml-law", in_force=date(2007, 1, 1))
def handed_out(unseen: Iterable[Hit]) -> bool:
    """Who was listed since a payment was offered is seen before its bank is handed the message."""
    return not tuple(unseen)


def withheld(doubts: Iterable[str], place: str = "") -> Refusal:
    """What whoever would take a message is answered while its payment is held for these doubts."""
    listed = not {NAME_HIT, NAME_CLOSE}.isdisjoint(doubts)
    return refusals.HELD_AT_TAKING.at(place).by(SCREENED_AT_TAKING if listed else GOES_OUT_BESIDE)


@rule("SET-24", source="aml-law", in_force=date(2007, 1, 1))
def close_hits(
    near: Mapping[str, Iterable[bytes]],
    entries: Mapping[bytes, Iterable[tuple[str, str]]],
    on_a_list: Iterable[Hit],
) -> tuple[Hit, ...]:
    """A payment by or to a name one letter, not one number, off a listed one waits for two persons.

    What is on a list as it is written needs no likeness; names that differ in a number or ordinal
    alone are two names.
    """
    close = set(hits(near, entries)) - set(on_a_list)
    return tuple(replace(h, reason=NAME_CLOSE) for h in hits(near, entries) if h in close)


@rule("SET-27", source="aml-law", in_force=date(2007, 1, 1))
def two_end_an_entry(first: Actor, second: Actor) -> Refusal | None:
    """What a bank listed by itself holds its own payments until two of its compliance end it."""
    return second_person(first, second, one_body=True)


@rule("SET-41", source="aml-law", in_force=date(2007, 1, 1))
def two_release(first: Actor, second: Actor) -> Refusal | None:
    """A payment that is held is let go by two of its bank's compliance, never by one alone."""
    return second_person(first, second, one_body=True)


@rule("SET-28", source="aml-law", in_force=date(2007, 1, 1))
def held_elsewhere(banks: Iterable[str], *, bank: str) -> bool:
    """What a bank's screening holds no other bank pays without two persons, taken back or refused.

    The bank that held it screens it anew by itself.
    """
    return any(held_by != bank for held_by in banks)


#: What the payer reckons from the lot and the own instruction.
_TOLD: Final = frozenset(
    {
        "AMOUNT_MISMATCH",
        "EARLIER_PAYMENT_DISPUTED",
        "BACKGROUND_NOT_RELEASED",
        "BACKGROUND_VALUE_EXCEEDED",
    }
)


@rule("SET-25", source="aml-law", in_force=date(2025, 1, 1))
def kept_back(reasons: Sequence[str]) -> bool:
    """That a payment waits for a screening alone its payer hears after a time only, by no answer.

    What is held for anything that the payer may read is told as held: that tells of no screening.
    """
    return bool(reasons) and told(reasons) is None


@rule("SET-21", source="aml-law", in_force=date(2025, 1, 1))
def told(reasons: Iterable[str]) -> tuple[str, ...] | None:
    """Of why a payment is held or refused its payer reads what tells nothing of a screening.

    None rather than an empty answer, and other doubts of the background are withheld like a name
    hit: what only a hit leaves unsaid would say it.
    """
    return tuple(reason for reason in reasons if reason in _TOLD) or None
