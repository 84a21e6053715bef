"""Channels as an operator sets them: none by itself, TLS or nothing, mistakes in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.operate.secret_shares import NEEDS, excess, share
from services.notices.channels import Letter, Mail, ShortMessages, channels_of
from services.notices.domain.model import ChannelName
from services.platform.secret_file import SecretFile
from services.platform.settings import Settings, SettingsError
from tests.services.notices.conftest import SMS_SECRET
from tests.support.mailbox import mailbox
from tests.support.ports import free_port

SECRETS = {"notices_smtp": {"user": "u", "password": "p"}, "notices_sms": SMS_SECRET}


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTICES_SMTP", "NOTICES_FROM", "NOTICES_SMS"):
        monkeypatch.delenv(name, raising=False)


def settings(tmp_path: Path, *, secrets: Any = SECRETS, **told: Any) -> Settings:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(secrets))
    return Settings(database_url="postgresql://db/x", secrets_file=file, **told)


def letter(to: str = "a@example.org") -> Letter:
    return Letter(to, "s", "t", "en", uuid4())


@pytest.mark.usefixtures("nothing_set")
def test_nothing_leaves_by_itself(tmp_path: Path) -> None:
    assert channels_of(settings(tmp_path)) == {}


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize(
    ("address", "tls", "port"),
    [
        ("smtps://mail.example.org", "from the start", 465),
        ("smtp://mail.example.org", "started", 587),
        ("smtp://localhost:25", "started", 25),
    ],
)
def test_mail_leaves_over_tls(tmp_path: Path, address: str, tls: str, port: int) -> None:
    told = settings(tmp_path, notices_smtp=address, notices_from="w@example.org")
    mail = channels_of(told)[ChannelName.EMAIL]
    assert isinstance(mail, Mail)
    assert (mail.tls, mail.port, mail.user) == (tls, port, "u")
    assert "'p'" not in repr(mail)


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"notices_smtp": "http://mail.example.org"}, "NOTICES_SMTP"),
        ({"notices_smtp": "smtps://user:word@mail.example.org"}, "NOTICES_SMTP"),
        ({"notices_smtp": "smtps://mail.example.org"}, "NOTICES_FROM"),
        ({"notices_sms": "http://gateway.example.org/sms"}, "NOTICES_SMS"),
        ({"notices_sms": "http://127.0.0.1/sms"}, "NOTICES_SMS"),
        ({"notices_sms": "https://gateway.example.org/sms", "secrets": {}}, "notices_sms"),
    ],
)
def test_what_is_set_wrongly_is_said_in_one_sentence(
    tmp_path: Path, told: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        channels_of(settings(tmp_path, **told))


async def test_a_mail_server_without_tls_is_told_nothing() -> None:
    async with mailbox() as box:
        mail = Mail("127.0.0.1", box.port, "started", "w@example.org", "u", "p")
        assert (await mail.send(letter())).error == "UNREACHABLE"
        assert box.taken == []


@pytest.mark.parametrize(
    "to",
    [
        "=?utf-8?q?victim=40evil.example?=@example.org",
        "=?utf-8?q?victim=40evil.example,?= a@example.org",
        "a@example.org, b@evil.example",
        "Somebody <a@example.org>",
    ],
)
async def test_mail_that_would_be_read_as_anothers_never_leaves(to: str) -> None:
    async with mailbox() as box:
        outcome = await Mail("127.0.0.1", box.port, "none", "w@example.org").send(letter(to))
        assert (outcome.error, outcome.final) == ("NOT_AN_ADDRESS", True)
        assert box.taken == []


@pytest.mark.parametrize(
    "to", ["o'brien+tag@mail.example.org", "a=b?c@example.org", f"{'x' * 64}@{'y' * 60}.example"]
)
async def test_mail_goes_to_the_address_that_was_confirmed_and_says_so(to: str) -> None:
    async with mailbox() as box:
        outcome = await Mail("127.0.0.1", box.port, "none", "w@example.org").send(letter(to))
        assert outcome.error is None
        ((recipient, message),) = box.taken
        read = [one.addr_spec for one in message["To"].addresses]
        assert (recipient, read) == (to, [to])


async def test_what_is_not_there_is_unreachable_and_asked_again() -> None:
    port = free_port()
    mail = Mail("127.0.0.1", port, "none", "w@example.org")
    gateway = ShortMessages(f"http://127.0.0.1:{port}/", SMS_SECRET)
    for channel in (mail, gateway):
        outcome = await channel.send(letter())
        assert (outcome.error, outcome.final) == ("UNREACHABLE", False)


def test_what_opens_the_ways_out_is_given_to_the_notices_alone(tmp_path: Path) -> None:
    whole = {name: "x" for needs in NEEDS.values() for name in needs if "." not in name}
    roles = {name.partition(".")[2] for needs in NEEDS.values() for name in needs if "." in name}
    master = tmp_path / "master.json"
    content = {**whole, **SECRETS, "database_passwords": dict.fromkeys(roles, "x")}
    master.write_text(json.dumps(content))
    shares = {name: share(SecretFile.read(master), name) for name in NEEDS}
    assert [name for name, held in shares.items() if set(SECRETS) & set(held)] == ["notices"]
    assert set(SECRETS) <= set(shares["notices"])
    for name in ("notices", "window"):
        told = settings(tmp_path, secrets={**shares[name], **SECRETS})
        beyond = [] if name == "notices" else sorted(SECRETS)
        assert excess(told, name) == beyond
