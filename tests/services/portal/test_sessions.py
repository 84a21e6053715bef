"""Sessions of the screens: sealed, ended by two ends, and nobody else's."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Iterator

import pytest
import time_machine
from starlette.requests import Request
from starlette.responses import Response

from services.portal.addresses import HOME, local
from services.portal.sessions import IDLE_S, Keeper, Session, SessionTooLarge

KEY = b"k" * 32


@pytest.fixture
def keeper() -> Keeper:
    return Keeper([KEY], encrypted=False)


def token(scopes: int = 40, hours: float = 8) -> str:
    """A token as an issuer writes one, its signature random."""
    now = int(time.time())
    claims = {
        "sub": "resident:res_1",
        "role": "resident",
        "scope": " ".join(f"declaration:lot:verb{n}" for n in range(scopes)),
        "exp": now + int(hours * 3600),
    }
    parts = (b'{"alg":"Ed25519","typ":"JWT"}', json.dumps(claims).encode(), bytes(range(64)))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def carried(keeper: Keeper, response: Response) -> Request:
    """The request of a browser that keeps what the response gave it."""
    found = [v.decode() for n, v in response.raw_headers if n == b"set-cookie"]
    cookie = "; ".join(one.partition(";")[0] for one in found)
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def kept(keeper: Keeper, session: Session) -> Request:
    response = Response()
    keeper.keep(response, session)
    return carried(keeper, response)


def test_a_token_comes_back_byte_for_byte(keeper: Keeper) -> None:
    session = Session.begun(token(), "黄秀兰")
    assert keeper.session(kept(keeper, session)) == session


def test_what_a_browser_keeps_shows_nothing_of_the_token(keeper: Keeper) -> None:
    cookie = kept(keeper, Session.begun(token(), "黄秀兰")).cookies["tw"]
    plain = base64.urlsafe_b64decode(cookie)
    assert b"resident" not in plain
    assert b"declaration" not in plain


def test_a_session_ends_with_its_token(keeper: Keeper) -> None:
    request = kept(keeper, Session.begun(token(hours=0.25), ""))
    with time_machine.travel(time.time() + 16 * 60, tick=False):
        assert keeper.session(request) is None


def test_a_session_that_nobody_used_for_half_an_hour_has_ended(keeper: Keeper) -> None:
    session = Session.begun(token(), "")
    request = kept(keeper, session)
    with time_machine.travel(session.seen_at + IDLE_S - 1, tick=False):
        assert keeper.session(request) is not None
    with time_machine.travel(session.seen_at + IDLE_S + 1, tick=False):
        assert keeper.session(request) is None


def test_use_puts_the_idle_end_off_and_never_the_tokens(keeper: Keeper) -> None:
    session = Session.begun(token(hours=1), "")
    with time_machine.travel(session.seen_at + 1_500, tick=False):
        response = Response()
        keeper.touch(response, session)
        request = carried(keeper, response)
    with time_machine.travel(session.seen_at + 3_000, tick=False):
        assert keeper.session(request) is not None
    with time_machine.travel(session.seen_at + 3_601, tick=False):
        assert keeper.session(request) is None


def flipped(text: str) -> Iterator[str]:
    # Not among the last four: a letter before "==" has bits that stand for nothing.
    for place in (0, 20, len(text) // 2, len(text) - 5):
        other = "A" if text[place] != "A" else "B"
        yield text[:place] + other + text[place + 1 :]


def test_a_cookie_that_somebody_changed_or_made_is_none(keeper: Keeper) -> None:
    mine = kept(keeper, Session.begun(token(), "")).cookies["tw"]
    for changed in (*flipped(mine), "", "x", "AAAA", mine[:-8]):
        request = Request({"type": "http", "headers": [(b"cookie", f"tw={changed}".encode())]})
        assert keeper.session(request) is None
    stranger = Keeper([b"s" * 32], encrypted=False)
    assert keeper.session(kept(stranger, Session.begun(token(), ""))) is None


def test_what_was_kept_for_signing_in_is_no_session(keeper: Keeper) -> None:
    response = Response()
    session = Session.begun(token(), "")
    keeper.write(response, keeper.signing_in, {"token": session.token}, max_age=60)
    sealed = carried(keeper, response).cookies[keeper.signing_in]
    request = Request({"type": "http", "headers": [(b"cookie", f"tw={sealed}".encode())]})
    assert keeper.session(request) is None


def test_a_key_is_turned_over_and_nobody_is_signed_out() -> None:
    former, next_one = b"f" * 32, b"n" * 32
    before, between, after, at_last = (
        Keeper(keys, encrypted=False)
        for keys in ([former], [former, next_one], [next_one, former], [next_one])
    )
    session = Session.begun(token(), "")
    # While processes are replaced one by one, each knows what its neighbour has sealed.
    for one, other in ((before, between), (between, after), (after, at_last)):
        for sealing, opening in ((one, other), (other, one)):
            assert opening.session(kept(sealing, session)) == session
            assert opening.is_form_token(session, sealing.form_token(session))
    assert at_last.session(kept(before, session)) is None


def test_over_tls_the_cookie_is_the_hosts_alone(keeper: Keeper) -> None:
    response = Response()
    Keeper([KEY], encrypted=True).keep(response, Session.begun(token(), ""))
    said = response.headers["set-cookie"]
    assert said.startswith("__Host-tw=")
    for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert word in said


def test_a_token_too_large_for_a_browser_is_refused_and_not_cut(keeper: Keeper) -> None:
    huge = Session.begun(token(), "")
    noise = base64.urlsafe_b64encode(random.Random(7).randbytes(6000)).decode()
    with pytest.raises(SessionTooLarge):
        keeper.keep(Response(), Session(f"{noise}.{noise}.x", huge.ends_at, huge.seen_at, "m"))


def test_a_forms_token_is_one_sessions_alone(keeper: Keeper) -> None:
    one, other = Session.begun(token(), ""), Session.begun(token(), "")
    assert keeper.is_form_token(one, keeper.form_token(one))
    assert not keeper.is_form_token(other, keeper.form_token(one))
    assert not keeper.is_form_token(one, "")


@pytest.mark.parametrize(
    "address",
    [None, "", "/", "/docs", "https://evil.example/", "//evil.example", "/portal//evil.example"],
)
def test_nobody_is_sent_on_to_another_place(address: str | None) -> None:
    assert local(address) == HOME


def test_a_page_of_ours_is_gone_back_to_with_its_question() -> None:
    assert local("/portal/lots?state=RELEASED") == "/portal/lots?state=RELEASED"


def test_a_token_that_is_good_for_ever_begins_no_session() -> None:
    endless = base64.urlsafe_b64encode(b'{"sub":"x"}').decode().rstrip("=")
    with pytest.raises(ValueError, match="never"):
        Session.begun(f"e30.{endless}.c2ln", "")
