"""Pages tell people what is refused in people's words, lead on, and offer what is not refused."""

from __future__ import annotations

from typing import Any, Final

import httpx2

from services.portal.forms import FILE_MAX
from services.portal.interface import Problem
from services.portal.peoples_words import in_peoples_words
from tests.services.portal.test_keys_of_forms import Desk
from tests.services.portal.test_open_acts import page

OF_ANOTHER_POST: Final = "Your post does not include this."
SCOPE: Final = {
    "code": "FORBIDDEN",
    "pointer": "",
    "detail": "Your token lacks the scope market:rota:enter; ask your issuer.",
    "facts": {"scope": "market:rota:enter"},
}


def test_of_a_scope_that_is_lacking_a_person_hears_of_the_post() -> None:
    told = in_peoples_words(Problem(403, {"code": "FORBIDDEN", "errors": [SCOPE]}), "en")
    (sentence,) = told.by_field(())[""]
    assert sentence.startswith(OF_ANOTHER_POST)
    assert "token" not in str(told.body["detail"])


def test_whatever_else_is_refused_is_said_as_the_interface_says_it() -> None:
    own = {**SCOPE, "facts": {}, "detail": "This belongs to another."}
    refused = Problem(403, {"code": "FORBIDDEN", "errors": [own]})
    assert in_peoples_words(refused, "en").by_field(())[""] == ["This belongs to another."]


async def test_a_refused_form_says_it_where_it_was_sent() -> None:
    desk = Desk(httpx2.Response(403, json={"code": "FORBIDDEN", "errors": [SCOPE]}))
    async with desk.http:
        shown = await desk.http.post(
            "/portal/registers/residents",
            data={"form_token": desk.form_token, "key": "k", "resident_nos": "1"},
            headers={"Accept-Language": "en"},
        )
    assert shown.status_code == 403
    assert OF_ANOTHER_POST in shown.text
    assert "token lacks" not in shown.text


async def test_a_file_that_is_too_large_leads_back_to_the_page_of_its_form() -> None:
    desk = Desk(httpx2.Response(500))
    async with desk.http:
        shown = await desk.http.post(
            "/portal/filings/sellers",
            content=b"x",
            headers={
                "Accept-Language": "en",
                "Content-Type": "multipart/form-data; boundary=x",
                "Content-Length": str(FILE_MAX * 8),
            },
        )
    assert shown.status_code == 413
    assert 'href="/portal/filings/sellers"' in shown.text


def of_enterprise(**keeps: Any) -> str:
    """The list of the own accreditations, as a factory reads it."""
    return page(
        "certificates.html",
        "enterprise",
        cases={"items": [], "next_cursor": None},
        chosen=None,
        levels=("ADVANCED",),
        trades=(),
        ticked=[],
        **{"in_the_way": None, "barred": None, **keeps},
    )


def test_nobody_is_offered_to_apply_who_has_a_case_or_is_barred() -> None:
    assert '<form method="post" action="/portal/certificates"' in of_enterprise()
    for keeps, says in (
        ({"in_the_way": "aeo_1"}, 'href="/portal/certificates/aeo_1"'),
        ({"barred": "2027-11-20"}, "You may apply again from"),
    ):
        said = of_enterprise(**keeps)
        assert '<form method="post" action="/portal/certificates"' not in said
        assert says in said


def test_a_second_registrar_reads_the_old_account_beside_the_new() -> None:
    seller = {"seller_code": "S-1", "name": "Hai Ha", "account": "0011002299999"}
    change = {
        "change_id": "chg_1",
        "version": 1,
        "kind": "sellers",
        "subject": "S-1",
        "state": "PROPOSED",
        "proposed_at": "2026-11-01T09:00:00+08:00",
        "confirm_from": "2026-11-02T09:00:00+08:00",
        "filing": False,
        "rows": [seller],
        "accounts_also_of": None,
        "acts": ["confirm"],
    }
    columns = ["seller_code", "name", "account"]
    now = {**seller, "account": "0078000012345"}
    said = page("change.html", "registrar", change=change, columns=columns, now=now)
    assert said.index("0011002299999") < said.index("On file now") < said.index("0078000012345")


def test_who_entered_an_absence_is_not_offered_to_draw_in_its_place() -> None:
    order = {
        "order_id": "ins_1",
        "version": 1,
        "state": "ASSIGNED",
        "lane": "RED",
        "lot": {"vehicle_plate": "桂P12345"},
        "officers": ["ofc_1"],
        "absent": ["ofc_1"],
        "release_due_at": None,
        "left_s": None,
        "whole_s": 0,
    }
    for said_away, offered in ((set[str](), True), ({"ofc_1"}, False)):
        said = page(
            "roster.html",
            "officer",
            people={"items": [], "next_cursor": None},
            badges={},
            keeps=True,
            me="ofc_2",
            kinds=(),
            today="2026-11-01",
            handing=[order],
            overdue=[],
            said_away=said_away,
        )
        assert ("Draw another officer" in said) is offered
        assert ("another officer draws" in said) is not offered


def test_of_a_day_that_is_none_it_is_not_said_as_well_that_nothing_holds() -> None:
    context: dict[str, Any] = {"proposed": [], "rows": [], "cursor": None, "asked": {}}
    asked = {"on": "2026-13-01", "key": None}
    wrong = page(
        "law.html", "auditor", **{**context, "asked": asked, "found": {"on": ["Write a day."]}}
    )
    assert "Write a day." in wrong
    assert "in force on this day" not in wrong
    nothing = page("law.html", "auditor", **{**context, "asked": {**asked, "on": None}})
    assert "in force on this day" in nothing
