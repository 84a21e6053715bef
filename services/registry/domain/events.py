"""Facts of the registry. None carries a name, a number or a key."""

from __future__ import annotations

from datetime import datetime

from services.kernel.events import Event


class RecordsFiled(Event):
    """Records of one kind were filed in one act, all of them; at which ports that changed the pool
    officers are drawn from."""

    kind: str
    count: int
    ports: tuple[str, ...] = ()


class ChangeProposed(Event):
    """One person proposed to change a record on file, or (``filing``) to file so many records: of
    which kind, under which code."""

    kind: str
    subject: str
    confirm_from: datetime
    filing: bool = False
    records: int = 1


class ChangeConfirmed(Event):
    """Another person confirmed the proposal, and it was filed."""

    kind: str
    subject: str


class ChangeTurnedDown(Event):
    """The proposal was withdrawn, or turned down; what is on file stays as it is."""

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
