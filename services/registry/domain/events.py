"""Facts of the registry. None carries a name, a number or a key."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.kernel.events import Digests, Event


class RecordsFiled(Event):
    """Records of one kind were filed in one act, all of them; at which ports that changed the pool
    officers are drawn from."""

    kind: str
    count: int
    ports: tuple[str, ...] = ()
    digests: Digests = Field(default_factory=dict)


class RecordsFound(Event):
    """The window found so many records that were on file before filings vouched for any, and says
    once, by a digest, which they are."""

    unasked = True
    kind: str
    count: int
    digests: Digests = Field(default_factory=dict)


class ChangeProposed(Event):
    """One person proposed to change a record on file, or (``filing``) to file so many records: of
    which kind, under which code; ``content`` is the SHA-256 (hex) of the sealed records,
    ``concerned`` that of the change's number and the parties whom it concerns."""

    kind: str
    subject: str
    confirm_from: datetime
    filing: bool = False
    records: int = 1
    content: str | None = None
    concerned: str | None = None


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
    confirm_from: datetime | None = None
    digests: Digests = Field(default_factory=dict)


class BankKeyDecided(Event):
    """Another registrar agreed, from which instant on the key counts; or did not."""

    bic: str
    approved: bool
    valid_from: str | None = None
    previous_until: str | None = None
    digests: Digests = Field(default_factory=dict)


class PasskeyOpened(Event):
    """A registrar saw a resident's document and let a phone be bound; ``replaces`` a lost one's."""

    resident_id: str
    opens_until: datetime
    replaces: str | None = None


class PasskeyBound(Event):
    """The resident's phone made its passkey, which answers from ``counts_from`` on; ``key`` is the
    SHA-256 (hex) of its public key."""

    resident_id: str
    key: str
    counts_from: datetime | None = None


class PasskeyReplaced(Event):
    """A lost phone's passkey does not count from now on: another was opened in its place."""

    resident_id: str
    replaced_by: str


class PasskeyEnded(Event):
    """Its holder wants the passkey not to count any more."""

    resident_id: str
