"""A phone's own authenticator, as a virtual one: keeps passkeys, and its fingerprint is a switch.

A passkey belongs to a name, so pages that use it are opened at ``localhost``, not at an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page


@dataclass(frozen=True)
class Authenticator:
    """What is built into the phone on which this page is open."""

    _session: CDPSession
    _id: str

    async def passkeys(self) -> list[dict[str, Any]]:
        """Those it keeps, as the browser's protocol writes them (bytes in base64)."""
        found = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        kept: list[dict[str, Any]] = found["credentials"]
        return kept

    async def keep(self, passkey: dict[str, Any]) -> None:
        """One that another kept, as when a phone is copied."""
        await self._session.send(
            "WebAuthn.addCredential", {"authenticatorId": self._id, "credential": passkey}
        )

    async def knows_its_owner(self, verified: bool) -> None:
        """Whether the finger on it, from now on, is its owner's."""
        await self._session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": verified}
        )


async def authenticator(page: Page) -> Authenticator:
    """One for this page, empty; its owner's finger is on it."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    added = await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return Authenticator(session, added["authenticatorId"])
