"""Who calls: only tokens of the issuer, for us, alive and signed with its key get in."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey

from services.kernel.refusal import Refused
from services.platform.authentication import Authenticator

ISSUER = "urn:tradewindow:sandbox"
KEY = OKPKey.generate_key("Ed25519", {"kid": "one"})
PUBLIC = {k: v for k, v in KEY.as_dict().items() if k != "d"}
DOOR = Authenticator(
    KeySet.import_key_set({"keys": [PUBLIC]}), issuer=ISSUER, audience="tradewindow"
)


def claims(**changes: Any) -> dict[str, Any]:
    values = {
        "iss": ISSUER,
        "aud": "tradewindow",
        "sub": "clerk-1",
        "party": "group:DX-G001",
        "role": "clerk",
        "scope": "declaration:lot:submit declaration:lot:read",
        "exp": int(time.time()) + 600,
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def signed(values: dict[str, Any], key: OKPKey = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "Ed25519", "kid": "one", **header}, values, key, ["Ed25519"])


def unsecured(values: dict[str, Any], algorithm: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': algorithm, 'kid': 'one'})}.{part(values)}."


def refused(authorization: str | None) -> bool:
    try:
        DOOR.caller(authorization)
    except Refused as refusal:
        return refusal.codes == ("UNAUTHENTICATED",)
    return False


def test_a_valid_token_says_who_acts_for_whom_and_what_they_may() -> None:
    caller = DOOR.caller(f"Bearer {signed(claims(port='DONGXING', team='A'))}")
    assert caller.actor.party == "group:DX-G001"
    assert (caller.actor.port, caller.actor.team) == ("DONGXING", "A")
    assert caller.scopes == {"declaration:lot:submit", "declaration:lot:read"}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iss": "urn:somebody:else"},
        {"iss": None},
        {"aud": "another-window"},
        {"aud": None},
        {"sub": None},
        {"party": None},
        {"role": None},
        {"nbf": 4_102_444_800},
        {"sub": 7},
    ],
    ids=lambda changes: "-".join(f"{k}={v}"[:20] for k, v in changes.items()),
)
def test_a_token_that_is_late_foreign_or_incomplete_is_refused(changes: dict[str, Any]) -> None:
    assert refused(f"Bearer {signed(claims(**changes))}")


def test_a_token_of_another_key_is_refused_even_under_our_keys_name() -> None:
    other = OKPKey.generate_key("Ed25519", {"kid": "one"})
    assert refused(f"Bearer {signed(claims(), other)}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(algorithm: str) -> None:
    assert refused(f"Bearer {unsecured(claims(), algorithm)}")


def test_our_public_key_is_no_shared_secret() -> None:
    """The old confusion: an HMAC over the public key's own bytes."""
    secret = OctKey.import_key(base64.urlsafe_b64decode(f"{PUBLIC['x']}="))
    forged = jwt.encode({"alg": "HS256", "kid": "one"}, claims(), secret, ["HS256"])
    assert refused(f"Bearer {forged}")


def test_a_changed_claim_breaks_the_signature() -> None:
    header, _, signature = signed(claims()).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(party="officer:x")).encode()).decode()
    assert refused(f"Bearer {header}.{body.rstrip('=')}.{signature}")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
def test_without_a_bearer_token_nobody_gets_in(authorization: str | None) -> None:
    assert refused(authorization)


@given(st.text(max_size=120))
def test_whatever_is_sent_as_a_token_is_refused_and_never_a_fault(text: str) -> None:
    assert refused(f"Bearer {text}")
    assert refused(f"Bearer {text}.{text}.{text}")


def test_a_token_that_was_let_in_once_is_refused_after_its_end() -> None:
    token = signed(claims())
    assert DOOR.caller(f"Bearer {token}").actor.subject == "clerk-1"
    with time_machine.travel(time.time() + 601):
        assert refused(f"Bearer {token}")


def test_the_private_half_of_a_key_file_is_never_kept(tmp_path: Path) -> None:
    file = tmp_path / "issuer.jwk"
    file.write_text(json.dumps(KEY.as_dict()))
    door = Authenticator.from_file(file, issuer=ISSUER, audience="tradewindow")
    assert door.caller(f"Bearer {signed(claims())}").actor.role == "clerk"
    assert all(not key.is_private for key in door._keys.keys)
