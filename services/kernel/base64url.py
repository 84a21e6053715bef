"""Bytes as they stand in addresses, tokens and keys (RFC 4648, section 5), without padding."""

from __future__ import annotations

import base64


def base64url(raw: bytes) -> str:
    """Bytes as text."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """The bytes of a text. Raises ValueError for what is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
