"""How a service meets its callers: the same front for every service of a window."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Front:
    """What the rings around a service are told by the settings."""

    intake_limit: int = 200
    """Requests at work in one process before it answers 429."""
    origin: str | None = None
    """Scheme and authority under which callers know the window, e.g. https://window.example.org."""
    log_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """Under this key a subject has the same mark in the logs of every process."""

    @property
    def is_encrypted(self) -> bool:
        """Whether callers come by TLS, wherever that ends."""
        return self.origin is not None and self.origin.startswith("https://")

    def mark_of(self, subject: str) -> str:
        """What the log calls a subject: the same for the same one, and nobody's name."""
        return hmac.new(self.log_key, subject.encode(), sha256).hexdigest()[:16]


def origin_of(text: str) -> str:
    """An origin as it is compared. Raises ValueError for anything but scheme, host and port."""
    parts = urlsplit(text)
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare:
        raise ValueError("write the origin as https://host or https://host:port")
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
