"""Where events may be delivered to, and how long a receiver that fails is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.window.domain.rules.delivery import destination_refusal, gives_up, wait_after
from services.window.worker import _all_public


@pytest.mark.parametrize(
    ("address", "leads_out"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::7f00:1", False),
        ("::a00:1", False),
        ("::ffff:0:7f00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2606:4700::5efe:a00:1", False),
        ("2606:4700::200:5efe:808:808", True),
        ("5f00::1", False),
        ("100::1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_an_address_inside_another_is_looked_at_too(address: str, leads_out: bool) -> None:
    assert _all_public([address]) is leads_out


def test_outside_a_sandbox_an_address_has_tls() -> None:
    assert destination_refusal("http://127.0.0.1/hook", sandbox=True) is None
    assert destination_refusal("http://127.0.0.1/hook", sandbox=False) is not None
    assert destination_refusal("https://trader.example/hook", sandbox=False) is None


def test_waiting_doubles_to_an_hour_and_ends_after_five_days() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 10, 11, 500)]
    assert waits == [5, 10, 20, 2560, 3600, 3600]
    now = datetime.now(UTC)
    assert not gives_up("TIMEOUT", failing_since=now - timedelta(days=4, hours=23), now=now)
    assert gives_up("TIMEOUT", failing_since=now - timedelta(days=5), now=now)
    assert gives_up("HTTP_410", failing_since=now, now=now)
