"""What was typed about people when a session had ended: sealed, for who typed it, for an hour."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
import time_machine
from starlette.applications import Starlette
from starlette.requests import Request

from services.kernel.base64url import base64url
from services.portal.not_sent import NotSent, not_sent
from services.portal.sessions import Keeper, Session

FORM = "/portal/lots/new"
NUMBER = "450681189901010019"
KEEPER = Keeper([b"k" * 32], encrypted=False)


def session_of(who: str, party: str = "group:DX-G001") -> Session:
    claims = json.dumps({"sub": who, "party": party, "exp": int(time.time()) + 8 * 3600})
    return Session.begun(f"e30.{base64url(claims.encode())}.c2ln", "")


class Reader:
    """The keeper of a browser whose session is this one, or none."""

    def __init__(self, session: Session | None) -> None:
        self.kept = session
        self.seal, self.opened, self.whose_form = KEEPER.seal, KEEPER.opened, KEEPER.whose_form

    def session(self, _: Request) -> Session | None:
        return self.kept


def left(
    typed: Sequence[tuple[str, str]], session: Session | None = None, path: str = FORM
) -> NotSent:
    app = Starlette()
    app.state.portal = SimpleNamespace(keeper=Reader(session))
    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "app": app}
    return not_sent(Request(scope), "en", typed, file=False, table=False)


def typed_by(who: Session, **fields: str) -> list[tuple[str, str]]:
    return [("form_token", KEEPER.form_token(who)), *fields.items()]


def again(page: NotSent) -> list[tuple[str, str]]:
    """What such a page sends, its empty fields among it."""
    return [("form_token", ""), ("sealed", page.sealed), *page.kept, ("tickets", "")]


def values(page: NotSent) -> list[str]:
    return [one.value for one in page.asked]


def test_it_opens_for_who_typed_it_and_shows_nothing_before() -> None:
    clerk = session_of("clerk-1")
    page = left(typed_by(clerk, tickets=f"{NUMBER}, 10", seller="Mong Cai Trading"))
    assert values(page) == [""]
    assert NUMBER not in repr(page)
    assert ("seller", "Mong Cai Trading") in page.kept
    # Sent once more before anybody has signed in, it is still there.
    page = left(again(page))
    opened = left(again(page), session_of("clerk-1"))
    assert (values(opened), opened.sealed) == ([f"{NUMBER}, 10"], "")


@pytest.mark.parametrize(
    ("who", "party"), [("clerk-2", "group:DX-G001"), ("clerk-1", "group:DX-G002")]
)
def test_it_opens_for_nobody_else_and_not_for_another_party(who: str, party: str) -> None:
    page = left(typed_by(session_of("clerk-1"), tickets=NUMBER))
    assert values(left(again(page), session_of(who, party))) == [""]


def test_it_opens_at_its_own_form_alone() -> None:
    clerk = session_of("clerk-1")
    page = left(typed_by(clerk, tickets=NUMBER))
    assert values(left(again(page), clerk, "/portal/lots/new/other")) == [""]


def test_after_an_hour_it_opens_no_more() -> None:
    clerk, now = session_of("clerk-1"), time.time()
    page = left(typed_by(clerk, tickets=NUMBER))
    for minutes, said in ((59, NUMBER), (61, "")):
        with time_machine.travel(now + minutes * 60, tick=False):
            assert values(left(again(page), clerk)) == [said]


def test_what_is_not_ours_or_too_much_for_a_page_is_asked_again() -> None:
    clerk = session_of("clerk-1")
    assert left([("form_token", "another's"), ("tickets", NUMBER)]).sealed == ""
    noise = "".join(KEEPER.seal("noise", {}) for _ in range(2_000))
    assert left(typed_by(clerk, tickets=noise)).sealed == ""
    assert values(left([("sealed", "%%%"), ("tickets", "")], clerk)) == [""]
