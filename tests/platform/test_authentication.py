"""Who calls: only tokens of the issuer, for us, alive and signed with its key get in."""

from __future__ import annotations

import base64
import json
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from structlog.testing import capture_logs

from services.kernel.refusal import Refused
from services.manifests import scopes_of_roles, signing
from services.platform.authentication import Authenticator, TokenRules
from services.platform.revocation import Revocations
from services.platform.roles import DUTIES

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
        "iat": int(time.time()),
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


def without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def test_a_token_lives_a_day_whatever_it_says_itself() -> None:
    now = int(time.time())
    assert not refused(f"Bearer {signed(claims(iat=now, exp=now + 86_400))}")
    assert refused(f"Bearer {signed(claims(iat=now, exp=now + 86_401))}")
    assert refused(f"Bearer {signed(claims(iat=now, exp=now + 10 * 365 * 86_400))}")
    assert refused(f"Bearer {signed(claims(iat=None))}"), "without its beginning it has no age"


def test_an_issuers_clock_may_be_a_few_seconds_ahead() -> None:
    now = int(time.time())
    assert not refused(f"Bearer {signed(claims(iat=now + 3, nbf=now + 3))}")
    for claim in ("iat", "nbf", "auth_time"):
        assert refused(f"Bearer {signed(claims(**{claim: now + 60}))}")


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_a_token_says_that_it_is_one(typ: str) -> None:
    assert not refused(f"Bearer {signed(claims(), typ=typ)}")


@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", "dpop+jwt", "", "JOSE", "id_token"])
def test_a_token_for_another_purpose_is_none(typ: str) -> None:
    assert refused(f"Bearer {signed(claims(), typ=typ)}")


@pytest.mark.parametrize("role", DUTIES)
def test_a_role_acts_for_its_own_kind_of_party_alone(role: str) -> None:
    kinds = {duty.party_kind for duty in DUTIES.values()}
    for kind in kinds:
        token = signed(claims(role=role, party=f"{kind}:A1", port="DONGXING"))
        assert refused(f"Bearer {token}") is (kind != DUTIES[role].party_kind)
    bare = signed(claims(role=role, party=DUTIES[role].party_kind, port="DONGXING"))
    assert refused(f"Bearer {bare}"), "a kind alone is nobody"


@pytest.mark.parametrize("role", DUTIES)
def test_a_duty_that_has_a_port_is_none_without_it(role: str) -> None:
    party = f"{DUTIES[role].party_kind}:A1"
    for port in (None, "", 7):
        values = without(claims(role=role, party=party), "port") | (
            {} if port is None else {"port": port}
        )
        gone = DUTIES[role].at_a_port or port is not None
        assert refused(f"Bearer {signed(values)}") is gone


def test_every_role_has_a_duty_and_every_signature_a_role() -> None:
    assert set(DUTIES) == set(scopes_of_roles())
    assert {scope for scopes in scopes_of_roles().values() for scope in scopes} >= signing()


@pytest.mark.parametrize("claim", ["sub", "party", "role", "port", "team", "jti", "scope"])
@pytest.mark.parametrize(
    "value", ["a\0b", "\ud800", "a\nb", "\u202e", ["a"], {"a": 1}, 7, True, "x" * 9_000]
)
def test_a_claim_that_is_no_text_is_refused_and_never_a_fault(claim: str, value: Any) -> None:
    party = f"group:{value}" if claim == "party" and isinstance(value, str) else value
    assert refused(f"Bearer {escaped(claims(**{claim: party}))}")


@pytest.mark.parametrize("claim", ["iat", "exp", "nbf", "auth_time"])
@pytest.mark.parametrize("value", ["1", True, [], 1e400, -1, 2**63, float("nan"), 10**30])
def test_a_moment_that_is_none_is_refused_and_never_a_fault(claim: str, value: Any) -> None:
    assert refused(f"Bearer {escaped(claims(**{claim: value}))}") or (claim, value) == ("nbf", -1)


def escaped(values: dict[str, Any]) -> str:
    """Signed like any other, but with everything escaped that no encoder would write bare."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    content = f"{part({'alg': 'Ed25519', 'kid': 'one', 'typ': 'JWT'})}.{part(values)}"
    signature = KEY.private_key.sign(content.encode())  # type: ignore[union-attr]
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_the_issuers_other_kinds_of_key_are_as_good() -> None:
    keys: dict[str, RSAKey | ECKey | OKPKey] = {
        "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
        "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
        "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    }
    public = [key.as_dict(private=False) for key in keys.values()]
    door = Authenticator(
        KeySet.import_key_set({"keys": public}), issuer=ISSUER, audience="tradewindow"
    )
    for algorithm, key in keys.items():
        header = {"alg": algorithm, "kid": key.kid}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            token = jwt.encode(header, claims(), key, algorithms=[algorithm])
        assert door.caller(f"Bearer {token}").actor.party == "group:DX-G001"
    mixed = jwt.encode({"alg": "RS256", "kid": "ec"}, claims(), keys["RS256"], ["RS256"])
    with pytest.raises(Refused):
        door.caller(f"Bearer {mixed}")


def short_rsa() -> RSAKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(1024, {"kid": "short"})


@pytest.mark.parametrize(
    "key",
    [
        short_rsa(),
        ECKey.generate_key("P-384", {"kid": "other-curve"}),
        OctKey.generate_key(256, {"kid": "shared"}),
        OKPKey.generate_key("X25519", {"kid": "no-signature"}),
    ],
    ids=lambda key: str(key.kid),
)
def test_a_key_under_which_no_token_is_taken_is_refused_at_the_start(key: Any) -> None:
    with pytest.raises(ValueError, match=str(key.kid)):
        Authenticator(KeySet([key]), issuer=ISSUER, audience="tradewindow")


def test_who_signs_has_signed_in_within_a_shift() -> None:
    now = int(time.time())
    rules = TokenRules(signing_max_age_s=3600)
    door = Authenticator(
        KeySet.import_key_set({"keys": [PUBLIC]}),
        issuer=ISSUER,
        audience="tradewindow",
        rules=rules,
    )
    fresh = door.caller(f"Bearer {signed(claims(iat=now - 3500))}")
    renewed = door.caller(f"Bearer {signed(claims(iat=now, auth_time=now - 3700))}")
    old = door.caller(f"Bearer {signed(claims(iat=now - 3700))}")
    door.require_fresh(fresh)
    for caller in (renewed, old):
        with pytest.raises(Refused) as refusal:
            door.require_fresh(caller)
        assert refusal.value.codes == ("AUTHENTICATION_TOO_OLD",)


def test_what_was_called_back_is_good_no_more(tmp_path: Path) -> None:
    now = int(time.time())
    file = tmp_path / "revoked.json"
    revocations = Revocations(file)
    door = Authenticator(
        KeySet.import_key_set({"keys": [PUBLIC]}),
        issuer=ISSUER,
        audience="tradewindow",
        revocations=revocations,
    )
    stolen = f"Bearer {signed(claims(jti='stolen'))}"
    older = f"Bearer {signed(claims(sub='clerk-2', iat=now - 50))}"
    newer = f"Bearer {signed(claims(sub='clerk-2', iat=now))}"
    others = f"Bearer {signed(claims(jti='another'))}"
    everybody = (stolen, older, newer, others)
    assert all(door.caller(token) for token in everybody)

    file.write_text(json.dumps({"jti": ["stolen"], "sub": {"clerk-2": now - 10}}))
    with time_machine.travel(time.time() + 2, tick=False):
        revocations._looked = float("-inf")
        good = [token for token in everybody if _let_in(door, token)]
    assert good == [newer, others]

    file.write_text("half a fi")
    revocations._looked = float("-inf")
    assert not _let_in(door, stolen), "an unreadable list lets nobody in again"
    with pytest.raises(ValueError, match="Expecting value"):
        Revocations(file)


def _let_in(door: Authenticator, token: str) -> bool:
    try:
        door.caller(token)
    except Refused:
        return False
    return True


def test_why_a_token_is_refused_is_logged_and_the_token_is_not() -> None:
    token = signed(claims(role="clerk", party="auditor:x"))
    with capture_logs() as logged:
        assert refused(f"Bearer {token}")
    (line,) = logged
    assert (line["event"], line["reason"]) == ("token_refused", "party_of_another_kind")
    assert token not in str(line) and "auditor:x" not in str(line)
