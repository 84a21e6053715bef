"""What is asked and answered about residents' passkeys (一指通)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from services.kernel.base64url import base64url
from services.kernel.fields import Base64Url, Code, Identifier, IdentityNumber, Moment, Request
from services.kernel.identifiers import show


class PasskeyOpening(Request):
    """The number of the document that the resident shows at the desk, and which phone was lost."""

    resident_no: IdentityNumber
    replaces: Identifier | None = None


class PasskeyCode(Request):
    """The code that is shown at the desk."""

    code: Code


class NewPasskey(Request):
    """What a phone answers when it has made a passkey (``navigator.credentials.create``)."""

    code: Code
    client_data: Base64Url
    attestation: Base64Url


class PasskeyEnding(Request):
    """One's own passkey is to count no more; there is nothing to say beside."""


class PasskeyShown(BaseModel):
    """A passkey of a resident's: OPENED at the desk, BOUND, REPLACED or DEAD."""

    passkey_id: str
    resident_id: str
    state: str
    version: int
    opened_at: Moment
    opens_until: Moment
    credential_id: str | None = Field(description="as the phone names it, in base64url")
    bound_at: Moment | None
    used_at: Moment | None
    ended_at: Moment | None
    counts_from: Moment | None = Field(
        description="from when it answers for its holder; none of one that is not bound, or that"
        " was bound before anybody waited"
    )

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        """A passkey as it is described."""
        named = row["credential_id"]
        shown = {
            **dict(row),
            "passkey_id": show("pky", row["passkey_id"]),
            "resident_id": show("res", row["resident_id"]),
            "credential_id": None if named is None else base64url(bytes(named)),
        }
        return cls.model_validate(shown).model_dump(mode="json")


class OpenedPasskey(PasskeyShown):
    """An opened passkey as the registrar who opened it sees it."""

    code: str | None = Field(description="to be shown to the resident; none once it is over")
    origin: str | None = Field(description="of the screens that phones open")


class PasskeyChallenge(BaseModel):
    """For what a phone makes its passkey, as ``navigator.credentials.create`` takes it."""

    passkey_id: str
    challenge: str
    rp_id: str
    user_id: str = Field(description="the resident, in base64url; no name and no number")
    algorithms: list[int] = Field(description="COSE, the best first")
    known: list[str] = Field(description="credential ids that are bound, in base64url")
    opens_until: Moment
