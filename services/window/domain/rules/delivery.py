"""Delivery to webhooks: where to, how long to wait after a failure, when to give up."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import urlsplit

from services.kernel.refusal import Mistake, Refusal
from services.window.domain import refusals

GONE: Final = "HTTP_410"
PER_PARTY_MAX: Final = 10
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)
_ASKED_FOR_MAX: Final = timedelta(days=1)
_PATIENCE: Final = timedelta(days=5)
_REFUSED_FOR: Final = timedelta(hours=1)
TRIED_AFTER: Final = 10
"""As many later events are tried, when a receiver goes on refusing one."""
_OF_THE_RECEIVER: Final = frozenset({401, 403, 404, 405, 408, 410, 425, 429, 502, 503, 504})
"""Statuses that say something of the receiver, not of the event: it is away, full or moved."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def subscription_refusals(
    url: str, event_types: Sequence[str], *, known: Collection[str], sandbox: bool
) -> Iterator[Refusal]:
    """Why a webhook would never be delivered to as it is meant."""
    refusal = destination_refusal(url, sandbox=sandbox)
    if refusal is not None:
        yield refusal
    for place, name in enumerate(event_types):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            pointer = f"/event_types/{place}"
            if near:
                yield refusals.EVENT_TYPE_NEAR.at(pointer, name=name, near=near[0])
            else:
                yield refusals.EVENT_TYPE_UNKNOWN.at(pointer, name=name)


def destination_refusal(url: str, *, sandbox: bool) -> Refusal | None:
    """Why nothing may be delivered to this address, None when it may.

    TLS, because events tell of somebody's trade; no user information, because addresses are shown
    and logged. A sandbox also delivers to this machine without TLS.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        return refusals.ADDRESS_SIGNS.at("/url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if "[" in parts.netloc:
            IPv6Address(host or "")
        elif host:
            host.encode("idna")
    except ValueError:
        return refusals.ADDRESS_FORM.at("/url")
    if not host or port == 0:
        return refusals.ADDRESS_FORM.at("/url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return refusals.ADDRESS_BARE.at("/url")
    if parts.scheme == "https" or (sandbox and parts.scheme == "http" and host in LOOPBACK):
        return None
    return refusals.ADDRESS_SECURE.at("/url")


def wait_after(attempts: int) -> timedelta:
    """How long after this many failures in a row the next attempt waits: doubling to an hour."""
    doublings = min(attempts - 1, 10)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def asked_for(header: str | None, *, now: datetime) -> timedelta:
    """How long a receiver asks to be left alone by its ``Retry-After``; a day at most."""
    try:
        if header is None:
            return timedelta(0)
        if header.strip().isdecimal() and header.isascii():
            asked = timedelta(seconds=min(int(header[:12]), 10**6))
        else:
            asked = parsedate_to_datetime(header) - now
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    return max(timedelta(0), min(asked, _ASKED_FOR_MAX))


def refuses_the_event(error: str, *, failing_since: datetime | None, now: datetime) -> bool:
    """Whether a receiver that answers has gone on refusing this event for an hour.

    Then later ones are tried; if it takes one of them, it was the event, and is passed over.
    """
    status = error.removeprefix("HTTP_")
    if not status.isdecimal() or int(status) in _OF_THE_RECEIVER or int(status) < 400:
        return False
    return failing_since is not None and now - failing_since >= _REFUSED_FOR


def gives_up(error: str, *, failing_since: datetime, now: datetime) -> bool:
    """Whether a webhook is suspended: it said 410 Gone, or has failed for five days."""
    return error == GONE or now - failing_since >= _PATIENCE


def secret_of(text: object) -> bytes:
    """The bytes of a secret in the form of Standard Webhooks (``whsec_`` and base64).

    Raises ValueError for another form or a length outside 24 to 64 bytes.
    """
    prefix, _, encoded = text.partition("whsec_") if isinstance(text, str) else ("", "", "")
    if prefix or not encoded:
        raise Mistake(refusals.SECRET_FORM.at())
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Mistake(refusals.SECRET_FORM.at()) from None
    if not 24 <= len(secret) <= 64:
        raise Mistake(refusals.SECRET_FORM.at())
    return secret
