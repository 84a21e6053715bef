"""Addresses of these pages: where somebody is, and where nobody is sent away to."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request

HOME: Final = "/portal/"


def local(address: str | None) -> str:
    """An address of these pages; their first one for any other, so that nobody is sent away."""
    if not address or not address.startswith(HOME) or "\\" in address or "//" in address:
        return HOME
    parts = urlsplit(address)
    return HOME if parts.scheme or parts.netloc or not address.isprintable() else address


def here(request: Request) -> str:
    """The address that is asked for, without what was said of the act before."""
    kept = [(n, v) for n, v in request.query_params.multi_items() if n != "said"]
    query = "&".join(f"{quote(n)}={quote(v)}" for n, v in kept)
    return request.url.path + (f"?{query}" if query else "")
