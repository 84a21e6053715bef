"""Channels: by what a message leaves. What a channel is told is a contact and a text, no more."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from standardwebhooks import Webhook

from services.kernel.events import canonical_json
from services.notices.domain.model import ChannelName
from services.platform.settings import Settings, SettingsError

SMTP_SECRET: Final = "notices_smtp"  # noqa: S105 - the name of a secret, not one
"""What of the secrets file opens the mail server: user and password."""
SMS_SECRET: Final = "notices_sms"  # noqa: S105 - likewise
"""What of the secrets file signs what the gateway is told: whsec_… (Standard Webhooks)."""
SECRETS: Final = (SMTP_SECRET, SMS_SECRET)
ANSWER_S: Final = 20.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_TLS_PORT: Final = 465
_START_PORT: Final = 587
_FINAL: Final = frozenset({400, 404, 410, 413, 422})
"""Statuses by which a gateway says that this message will never leave."""
_REFUSED: Final = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: to whom, what it says, and under which id, which a repetition keeps."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    language: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: None for taken, else a word; ``final`` when it is no use again."""

    error: str | None = None
    final: bool = False


class Misread(Exception):
    """In a header, what was confirmed would stand for another address, or for none."""


class Channel(Protocol):
    """One way out of the window."""

    async def send(self, letter: Letter) -> Outcome:
        """Hand a message over; never raises for what the other side does."""


@dataclass(frozen=True)
class Mail:
    """E-mail by the operator's mail server (SMTP); TLS always, but for a sandbox's own machine."""

    host: str
    port: int
    tls: str
    """``from the start``, ``started`` (STARTTLS, or nothing is sent), or ``none``."""
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    async def send(self, letter: Letter) -> Outcome:
        """Hand a message to the mail server. Says what kind of refusal it was, never whose."""
        try:
            await asyncio.to_thread(self._send, letter)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Outcome("REFUSED", final=min(codes, default=0) >= _REFUSED)
        except smtplib.SMTPResponseException as error:
            return Outcome(f"SMTP_{error.smtp_code}")
        except TimeoutError:
            return Outcome("TIMEOUT")
        except (OSError, smtplib.SMTPException):
            return Outcome("UNREACHABLE")
        except Misread:
            return Outcome("NOT_AN_ADDRESS", final=True)
        return Outcome()

    def _send(self, letter: Letter) -> None:
        message = self._written(letter)
        # Whoever reads the header must read what was confirmed, and nothing that it stands for.
        read = message_from_bytes(message.as_bytes(), policy=policy.default)["To"]
        if [one.addr_spec for one in read.addresses] != [letter.to]:
            raise Misread
        with self._connected() as server:
            if self.user is not None:
                server.login(self.user, self.password or "")
            server.send_message(message, to_addrs=[letter.to])

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        try:
            message["To"] = Address(addr_spec=letter.to)
        except (ValueError, MessageError):
            raise Misread from None
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{letter.id.hex}@{self.sender.rpartition('@')[2].strip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message["Content-Language"] = letter.language
        return message

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "from the start":
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=ANSWER_S, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(self.host, self.port, timeout=ANSWER_S)
        if self.tls == "started":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


@dataclass(frozen=True)
class ShortMessages:
    """SMS by the operator's gateway: a signed POST with the number and the text."""

    url: str
    secret: str = field(repr=False)

    async def send(self, letter: Letter) -> Outcome:
        """Hand a message to the gateway (Standard Webhooks); 2xx is taken."""
        content = canonical_json({"text": letter.text, "to": letter.to})
        now, id_ = datetime.now(UTC), f"msg_{letter.id.hex}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tradewindow",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(msg_id=id_, timestamp=now, data=content),
        }
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                httpx2.AsyncClient(timeout=ANSWER_S, trust_env=False) as http,
                http.stream("POST", self.url, content=content.encode(), headers=headers) as answer,
            ):
                status = answer.status_code
        except (TimeoutError, httpx2.TimeoutException):
            return Outcome("TIMEOUT")
        except (OSError, httpx2.HTTPError, httpx2.InvalidURL):
            return Outcome("UNREACHABLE")
        if answer.is_success:
            return Outcome()
        return Outcome(f"HTTP_{status}", final=status in _FINAL)


def channels_of(settings: Settings) -> Mapping[ChannelName, Channel]:
    """The channels that are set; none that is not. Raises SettingsError with what to mend."""
    found: dict[ChannelName, Channel] = {}
    if settings.notices_smtp is not None:
        found[ChannelName.EMAIL] = _mail(settings, settings.notices_smtp)
    if settings.notices_sms is not None:
        found[ChannelName.SMS] = _short_messages(settings, settings.notices_sms)
    return found


def _mail(settings: Settings, address: str) -> Mail:
    parts = urlsplit(address)
    bare = not (parts.path.strip("/") or parts.query or parts.username)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not bare:
        raise SettingsError(
            "Write NOTICES_SMTP as smtps://HOST:465, or smtp://HOST:587 for STARTTLS; who may send"
            f" stands in the secrets file ({SMTP_SECRET})."
        )
    if not settings.notices_from or "@" not in settings.notices_from:
        raise SettingsError("Set NOTICES_FROM, the address from which notices are sent.")
    known = settings.secrets.members(SMTP_SECRET)
    secure = parts.scheme == "smtps"
    here = settings.sandbox and parts.hostname in _LOOPBACK
    return Mail(
        parts.hostname,
        parts.port or (_TLS_PORT if secure else _START_PORT),
        "from the start" if secure else "none" if here else "started",
        settings.notices_from,
        known.get("user"),
        known.get("password"),
    )


def _short_messages(settings: Settings, address: str) -> ShortMessages:
    parts = urlsplit(address)
    here = settings.sandbox and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or parts.username or not (parts.scheme == "https" or here):
        raise SettingsError("Write NOTICES_SMS as https://HOST/PATH, where the gateway listens.")
    secret = settings.secrets.content.get(SMS_SECRET)
    if not isinstance(secret, str) or not secret.startswith("whsec_"):
        raise SettingsError(
            f"NOTICES_SMS is set, and the secrets file has no {SMS_SECRET} (whsec_…) to sign by."
        )
    return ShortMessages(address, secret)
