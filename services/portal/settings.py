"""What a process is told that serves the screens alone."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from services.platform.settings import Origin, ProcessSettings


def _address_of(text: str) -> str:
    """An address by HTTP. Raises ValueError for anything else."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("write the address as http://host:port or https://host")
    return text


Address = Annotated[str, AfterValidator(_address_of)]


class PortalSettings(ProcessSettings):
    """The screens alone: they have an interface and an issuer, no record and no engine.

    What a window in one process may leave out must be said here.
    """

    interface_url: Address
    """Where the interface answers: a gateway before all services, or with ``{service}`` in it each
    service by its name."""
    oidc_metadata: Address
    public_origin: Origin
