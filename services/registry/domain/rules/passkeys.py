"""Who binds a passkey, to whom, and by which code."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.registry.domain import refusals

_CODE_LETTERS: Final = 10
_PLAIN: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)
"""Base 32 as it is read out and typed: no I, L, O or U (Crockford)."""
_TYPED: Final = str.maketrans("OIL", "011")


@rule("REG-PASSKEY", source="operator-order", in_force=date(1996, 4, 1))
def another_binds_a_passkey(opener: Actor, binder: Actor) -> Refusal | None:
    """A passkey is opened by a registrar who has seen the document, for another than himself."""
    return refusals.OPENED_FOR_ONESELF.at() if opener.subject == binder.subject else None


@rule("REG-PASSKEYS", source="operator-order", in_force=date(1996, 4, 1))
def has_a_passkey_to_spare(bound: int, *, most: int) -> Refusal | None:
    """A resident has so many phones at most; one that is lost is replaced."""
    return None if bound < most else refusals.PASSKEYS_ENOUGH.at(most=most)


@rule("REG-PASSKEY-SEEN", source="operator-order", in_force=date(1996, 4, 1))
def passkey_counts_from(bound_at: datetime, *, hours: int) -> datetime:
    """A phone answers for a resident so many hours after it was bound; the resident is told."""
    return bound_at + timedelta(hours=hours)


def code_of(mac: bytes) -> str:
    """The code of an opened passkey as it is shown: ten letters and digits, of 50 bits of its mac.

    It stands on no record: who has the key of the registry's macs finds it anew.
    """
    letters = base64.b32encode(mac).decode()[:_CODE_LETTERS]
    return letters.translate(_PLAIN)


def code_as_typed(text: str) -> str:
    """A code as it is compared: without case, spaces and dashes, look-alikes as what is meant."""
    return "".join(c for c in text.upper() if c.isalnum()).translate(_TYPED)


def binding_terms(passkey_id: UUID, resident_id: UUID, code: str) -> dict[str, str]:
    """What a phone agrees to as it makes its passkey; its digest is the challenge."""
    return {
        "act": "bind",
        "code": code,
        "passkey_id": show("pky", passkey_id),
        "resident_id": show("res", resident_id),
    }
