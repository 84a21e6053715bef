"""Facts of the registry. None carries a name, a number or a key."""

from __future__ import annotations

from datetime import datetime

from services.kernel.events import Event


class RecordsFiled(Event):
    """Records of one kind were filed in one act, all of them."""

    kind: str
    count: int


class ChangeProposed(Event):
    """One person proposed to change a record on file: of which kind, under which code."""

    kind: str
    subject: str
    confirm_from: datetime


class ChangeConfirmed(Event):
    """Another person confirmed the change, and it was filed."""

    kind: str
    subject: str


class ChangeTurnedDown(Event):
    """The change was withdrawn, or turned down; the record stays as it is."""

    kind: str
    subject: str


class BankKeyProposed(Event):
    """One registrar proposed a new key for a bank; ``thumbprint`` is RFC 7638's, of the key."""

    bic: str
    thumbprint: str
    overlap_hours: int


class BankKeyDecided(Event):
    """Another registrar agreed, from which instant on the key counts; or did not."""

    bic: str
    approved: bool
    valid_from: str | None = None
    previous_until: str | None = None
