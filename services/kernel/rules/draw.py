"""Verifiable draws (双随机): of goods, of two officers or examiners, of a bay.

A secret seed belongs to one port and one business day. Its SHA-256 is published before the first
draw; the seed itself after the day is closed, when no more can be drawn under it. Anybody can then
recompute every draw with HMAC-SHA256 and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.kernel.rule import rule

PLACES: Final = 10
SEED_BYTES: Final = 32
OFFICERS_DRAWN: Final = 2


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as the draw sees one."""

    officer_id: str
    port: str
    skills: frozenset[str]
    active: bool
    conflicts: frozenset[str] = frozenset()
    """Parties this officer may not decide about."""


class Purpose(StrEnum):
    """What a draw decides; it is part of the message, so one seed serves independent draws."""

    GOODS = "goods"
    OFFICERS = "officers"
    EXAMINERS = "examiners"
    BAY = "bay"


def commitment(seed: bytes) -> bytes:
    """What is published of a secret seed before its first draw: its SHA-256."""
    return hashlib.sha256(seed).digest()


def draw_value(seed: bytes, purpose: Purpose, subject: str) -> Decimal:
    """The draw of a subject in [0, 1), ten decimals.

    The first eight bytes of HMAC-SHA256(seed, 'purpose|subject'), big-endian, as a fraction of
    2^64, cut to ten decimals.
    """
    number = int.from_bytes(_digest(seed, f"{purpose}|{subject}")[:8], "big")
    return Decimal(number * 10**PLACES >> 64).scaleb(-PLACES)


def drawn_order(
    seed: bytes, purpose: Purpose, subject: str, eligible: Iterable[str]
) -> tuple[str, ...]:
    """The eligible in drawn order: by HMAC-SHA256(seed, 'purpose|subject|candidate')."""
    return tuple(
        sorted(
            set(eligible),
            key=lambda candidate: _digest(seed, f"{purpose}|{subject}|{candidate}"),
        )
    )


@rule("INS-DRAW", source="double-random", in_force=date(2015, 7, 29))
def is_selected(value: Decimal, rate: Decimal) -> bool:
    """Goods are taken for inspection when their draw is below the rate."""
    return value < rate


def not_eligible_because(
    officer: Officer, *, port: str, skill: str, parties: frozenset[str]
) -> str | None:
    """Why an officer may not be drawn for a case of these parties, None when he may."""
    if not officer.active:
        return "ABSENT"
    if officer.port != port:
        return "PORT"
    if skill not in officer.skills:
        return "SKILL"
    return "CONFLICT" if officer.conflicts & parties else None


@rule("INS-OFFICER", source="double-random", in_force=date(2015, 7, 29))
def eligible_officers(
    officers: Iterable[Officer], *, port: str, skill: str, parties: frozenset[str]
) -> tuple[str, ...]:
    """Officers of the port, active, with the skill and no conflict of interest may be drawn."""
    return tuple(
        sorted(
            o.officer_id
            for o in officers
            if not_eligible_because(o, port=port, skill=skill, parties=parties) is None
        )
    )


@dataclass(frozen=True, slots=True)
class RecordedDraw:
    """A draw as recorded. ``value``, ``rate`` and ``selected`` are those of a draw of goods.

    Without a rate in force the draw decided nothing: the goods are inspected for that reason.
    """

    purpose: Purpose
    subject: str
    value: Decimal | None = None
    rate: Decimal | None = None
    selected: bool | None = None
    eligible: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevealedSeed:
    """A closed seed with everything that was drawn under it."""

    seed_id: str
    port: str
    business_on: date
    round: int
    commitment: bytes
    seed: bytes
    draws: tuple[RecordedDraw, ...]


def differences(revealed: RevealedSeed) -> tuple[str, ...]:
    """What does not come out the same when a revealed seed's draws are computed again.

    Empty when the seed is the committed one and every recorded draw is the true one.
    """
    found: list[str] = []
    if commitment(revealed.seed) != revealed.commitment:
        found.append(f"{revealed.seed_id}: the revealed seed is not the committed one")
    for draw in revealed.draws:
        found.extend(f"{revealed.seed_id}: {what}" for what in _recomputed(revealed.seed, draw))
    return tuple(found)


def _recomputed(seed: bytes, draw: RecordedDraw) -> Iterable[str]:
    name = f"{draw.purpose}|{draw.subject}"
    if draw.purpose == Purpose.GOODS:
        value = draw_value(seed, draw.purpose, draw.subject)
        if value != draw.value:
            yield f"{name}: recorded {draw.value}, computed {value}"
        expected = draw.rate is not None and is_selected(value, draw.rate)
        if draw.selected is not expected:
            yield f"{name}: recorded selected={draw.selected} at rate {draw.rate}"
        return
    order = drawn_order(seed, draw.purpose, draw.subject, draw.eligible)
    if order[: len(draw.drawn)] != draw.drawn:
        yield f"{name}: recorded {draw.drawn}, computed {order}"


def _digest(seed: bytes, message: str) -> bytes:
    return hmac.new(seed, message.encode(), hashlib.sha256).digest()
